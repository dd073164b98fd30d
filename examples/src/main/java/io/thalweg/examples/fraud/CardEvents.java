package io.thalweg.examples.fraud;

import com.fasterxml.jackson.core.JsonFactory;
import com.fasterxml.jackson.core.JsonGenerator;
import com.fasterxml.jackson.core.JsonParser;
import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.core.JsonToken;
import io.thalweg.Codec;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.UncheckedIOException;

/**
 * Representations of transactions and fraud reports: JSON in the topics, a codec between the bolts.
 *
 * <pre>{@code
 * {"type":"transaction","id":17,"timestamp":1522576800000,"customer":"c3","terminal":"t81","amount":42.5}
 * {"type":"fraud_report","id":17,"timestamp":1523181599999,"customer":"c3","terminal":"t81"}
 * }</pre>
 */
final class CardEvents {

  /** Largest size of a record. */
  static final int MAX_BYTES = 1_024;

  /** Binary form of an event. */
  static final Codec<CardEvent> CODEC =
      Codec.of(
          "thalweg.examples.card-event",
          (event, out) -> {
            boolean paid = event instanceof Transaction;
            out.writeBoolean(paid);
            out.writeLong(event.id());
            out.writeLong(event.timestamp());
            out.writeUTF(event.customer());
            out.writeUTF(event.terminal());
            if (event instanceof Transaction transaction) {
              out.writeDouble(transaction.amount());
            }
          },
          in -> {
            boolean paid = in.readBoolean();
            long id = in.readLong();
            long timestamp = in.readLong();
            String customer = in.readUTF();
            String terminal = in.readUTF();
            return paid
                ? new Transaction(id, timestamp, customer, terminal, in.readDouble())
                : new FraudReport(id, timestamp, customer, terminal);
          });

  private static final String TRANSACTION = "transaction";
  private static final String REPORT = "fraud_report";
  private static final int MAX_NAME = 64;

  /** 2000-01-01 and 2100-01-01. */
  private static final long EARLIEST = 946_684_800_000L;

  private static final long LATEST = 4_102_444_800_000L;

  private static final JsonFactory JSON = new JsonFactory();

  private CardEvents() {}

  /**
   * Parses a record. Unknown fields are skipped.
   *
   * @param json the value of the record, may be null
   * @return the event
   * @throws IllegalArgumentException if it is not a valid event; the message names the rule
   */
  static CardEvent parse(byte[] json) {
    if (json == null || json.length == 0 || json.length > MAX_BYTES) {
      throw new IllegalArgumentException(
          "a record must have 1 to " + MAX_BYTES + " bytes: " + (json == null ? 0 : json.length));
    }
    try (JsonParser parser = JSON.createParser(json)) {
      return new Fields(parser).event();
    } catch (JsonProcessingException e) {
      throw new IllegalArgumentException("not json: " + shortened(e.getOriginalMessage()), e);
    } catch (IOException e) { // malformed UTF-8
      throw new IllegalArgumentException("not json: " + shortened(e.getMessage()), e);
    }
  }

  private static String shortened(String text) {
    return text.length() <= 100 ? text : text.substring(0, 100) + "…";
  }

  /** Fields of a JSON object. */
  private static final class Fields {

    private final JsonParser json;
    private String type;
    private Long id;
    private Long timestamp;
    private String customer;
    private String terminal;
    private Double amount;

    Fields(JsonParser json) throws IOException {
      this.json = json;
      check(json.nextToken() == JsonToken.START_OBJECT, "a record must be a json object");
      while (json.nextToken() != JsonToken.END_OBJECT) {
        String name = json.currentName();
        JsonToken token = json.nextToken();
        switch (name) {
          case "type" -> type = text(name, token);
          case "id" -> id = integer(name, token, 0, Long.MAX_VALUE);
          case "timestamp" -> timestamp = integer(name, token, EARLIEST, LATEST);
          case "customer" -> customer = text(name, token);
          case "terminal" -> terminal = text(name, token);
          case "amount" -> amount = amount(token);
          default -> json.skipChildren();
        }
      }
      check(json.nextToken() == null, "nothing may follow the json object");
    }

    CardEvent event() {
      check(type != null, "type must be given");
      check(id != null, "id must be given");
      check(timestamp != null, "timestamp must be given");
      check(customer != null, "customer must be given");
      check(terminal != null, "terminal must be given");
      switch (type) {
        case TRANSACTION -> {
          check(amount != null, "amount must be given");
          return new Transaction(id, timestamp, customer, terminal, amount);
        }
        case REPORT -> {
          return new FraudReport(id, timestamp, customer, terminal);
        }
        default ->
            throw new IllegalArgumentException(
                "type must be " + TRANSACTION + " or " + REPORT + ": " + shortened(type));
      }
    }

    private String text(String name, JsonToken token) throws IOException {
      check(token == JsonToken.VALUE_STRING, name + " must be a string: " + described());
      String text = json.getText();
      check(!text.isBlank(), name + " must not be empty");
      check(
          text.length() <= MAX_NAME,
          name + " must have at most " + MAX_NAME + " characters: " + text.length());
      return text;
    }

    private long integer(String name, JsonToken token, long least, long most) throws IOException {
      boolean valid =
          token == JsonToken.VALUE_NUMBER_INT
              && json.getNumberType() != JsonParser.NumberType.BIG_INTEGER
              && json.getLongValue() >= least
              && json.getLongValue() <= most;
      check(valid, name + " must be an integer from " + least + " to " + most + ": " + described());
      return json.getLongValue();
    }

    private double amount(JsonToken token) throws IOException {
      check(token.isNumeric(), "amount must be a number: " + described());
      double value = json.getDoubleValue(); // infinite for 1e999
      check(
          Double.isFinite(value) && value >= 0, "amount must be finite and not negative: " + value);
      return value;
    }

    private String described() throws IOException {
      return shortened(json.getText());
    }

    private static void check(boolean holds, String message) {
      if (!holds) {
        throw new IllegalArgumentException(message);
      }
    }
  }

  /**
   * Returns an event as JSON, as {@link #parse} reads it.
   *
   * @param event the event
   * @return UTF-8 bytes
   */
  static byte[] toJson(CardEvent event) {
    ByteArrayOutputStream bytes = new ByteArrayOutputStream(128);
    try (JsonGenerator json = JSON.createGenerator(bytes)) {
      json.writeStartObject();
      json.writeStringField("type", event instanceof Transaction ? TRANSACTION : REPORT);
      json.writeNumberField("id", event.id());
      json.writeNumberField("timestamp", event.timestamp());
      json.writeStringField("customer", event.customer());
      json.writeStringField("terminal", event.terminal());
      if (event instanceof Transaction transaction) {
        json.writeNumberField("amount", transaction.amount());
      }
      json.writeEndObject();
    } catch (IOException e) {
      throw new UncheckedIOException(e); // cannot happen in memory
    }
    return bytes.toByteArray();
  }
}
