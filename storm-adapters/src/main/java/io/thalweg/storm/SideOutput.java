package io.thalweg.storm;

import static java.nio.charset.StandardCharsets.UTF_8;

import java.util.Base64;
import java.util.HexFormat;
import java.util.zip.CRC32C;
import org.apache.storm.tuple.Tuple;

/**
 * Identity and text of the tuples of the streams {@link Streams#LATE} and {@link
 * Streams#DEAD_LETTER}, by which sinks store each of them once.
 *
 * <p>Public for the packages of the adapters only.
 */
public final class SideOutput {

  private SideOutput() {}

  /**
   * Returns the id of a tuple: the field {@code id} of a result; for a late event or a dead letter
   * {@code component / topic id / partition / offset / ordinal}, the same in each replay. Dead
   * letters have no ordinal. A checksum of their key and value takes its place, since answers to
   * one record share its offset. The id of the dead letter of a window's result is {@code component
   * / id of the result}.
   *
   * @param tuple a result, a late event or a dead letter
   * @return the id
   */
  public static String id(Tuple tuple) {
    if (tuple.contains(TupleFields.ID)) {
      return tuple.getStringByField(TupleFields.ID);
    }
    if (tuple.getValueByField(TupleFields.TOPIC_ID) == null) {
      // The dead letter of a window's result, whose id is in the place of the record's key.
      String result = new String(tuple.getBinaryByField(TupleFields.RECORD_KEY), UTF_8);
      return tuple.getSourceComponent() + "/" + result;
    }
    return "%s/%s/%s/%s/%s"
        .formatted(
            tuple.getSourceComponent(),
            tuple.getValueByField(TupleFields.TOPIC_ID),
            tuple.getValueByField(TupleFields.PARTITION),
            tuple.getValueByField(TupleFields.OFFSET),
            tuple.contains(TupleFields.ORDINAL)
                ? tuple.getValueByField(TupleFields.ORDINAL)
                : checksum(tuple));
  }

  private static String checksum(Tuple deadLetter) {
    CRC32C checksum = new CRC32C();
    for (String field : new String[] {TupleFields.RECORD_KEY, TupleFields.VALUE}) {
      byte[] bytes = deadLetter.getBinaryByField(field);
      checksum.update(bytes == null ? 0 : 1);
      if (bytes != null) {
        checksum.update(bytes);
      }
    }
    return HexFormat.of().toHexDigits((int) checksum.getValue());
  }

  /**
   * Returns the fields of a tuple as a JSON object in UTF-8. Bytes are in base64; a number that
   * JSON lacks, such as NaN, is a string.
   *
   * @param tuple the tuple
   * @return the object
   */
  public static byte[] json(Tuple tuple) {
    StringBuilder json = new StringBuilder("{");
    for (String field : tuple.getFields()) {
      json.append(json.length() == 1 ? "" : ",");
      appendText(field, json);
      json.append(':');
      append(tuple.getValueByField(field), json);
    }
    return json.append('}').toString().getBytes(UTF_8);
  }

  private static void append(Object value, StringBuilder json) {
    if (value instanceof byte[] bytes) {
      appendText(Base64.getEncoder().encodeToString(bytes), json);
    } else if (value == null
        || value instanceof Boolean
        || value instanceof Number number && Double.isFinite(number.doubleValue())) {
      json.append(value);
    } else {
      appendText(value.toString(), json);
    }
  }

  private static void appendText(String text, StringBuilder json) {
    json.append('"');
    for (int i = 0; i < text.length(); i++) {
      char c = text.charAt(i);
      if (c == '"' || c == '\\') {
        json.append('\\').append(c);
      } else if (c < ' ' || Character.isSurrogate(c)) {
        json.append("\\u").append(HexFormat.of().toHexDigits(c));
      } else {
        json.append(c);
      }
    }
    json.append('"');
  }
}
