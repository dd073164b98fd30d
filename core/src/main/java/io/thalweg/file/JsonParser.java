package io.thalweg.file;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.core.StreamReadFeature;
import com.fasterxml.jackson.databind.DatabindException;
import com.fasterxml.jackson.databind.DeserializationFeature;
import com.fasterxml.jackson.databind.JsonMappingException;
import com.fasterxml.jackson.databind.ObjectReader;
import com.fasterxml.jackson.databind.cfg.CoercionAction;
import com.fasterxml.jackson.databind.cfg.CoercionInputShape;
import com.fasterxml.jackson.databind.cfg.MapperBuilder;
import com.fasterxml.jackson.databind.json.JsonMapper;
import com.fasterxml.jackson.databind.type.LogicalType;
import java.util.stream.Collectors;

/** Parser of the objects of JSON lines. */
final class JsonParser<E> implements RecordFile.Parser<E> {

  private final ObjectReader reader;

  JsonParser(Class<E> type) {
    reader =
        strict(JsonMapper.builder())
            .enable(StreamReadFeature.STRICT_DUPLICATE_DETECTION)
            .build()
            .readerFor(type);
  }

  /** Sets the rules that CSV and JSON lines share: no value is made up, and none is cut. */
  static <B extends MapperBuilder<?, B>> B strict(B builder) {
    return builder
        .disable(DeserializationFeature.FAIL_ON_UNKNOWN_PROPERTIES)
        .disable(DeserializationFeature.ACCEPT_FLOAT_AS_INT)
        .enable(DeserializationFeature.FAIL_ON_NULL_FOR_PRIMITIVES)
        .enable(DeserializationFeature.FAIL_ON_TRAILING_TOKENS)
        .withCoercionConfig(
            LogicalType.Integer,
            c -> c.setCoercion(CoercionInputShape.EmptyString, CoercionAction.AsNull))
        .withCoercionConfig(
            LogicalType.Float,
            c -> c.setCoercion(CoercionInputShape.EmptyString, CoercionAction.AsNull));
  }

  @Override
  public E parse(String line) {
    return read(reader, line);
  }

  /**
   * Reads the only value of a text.
   *
   * @throws IllegalArgumentException if the text is no such value, with the property and the rule
   */
  static <E> E read(ObjectReader reader, String text) {
    try {
      E value = reader.readValue(text);
      if (value == null) {
        throw new IllegalArgumentException("a record must not be null");
      }
      return value;
    } catch (DatabindException e) {
      throw new IllegalArgumentException(property(e) + message(e), e);
    } catch (JsonProcessingException e) {
      throw new IllegalArgumentException(message(e), e);
    }
  }

  private static String property(DatabindException e) {
    String path =
        e instanceof JsonMappingException mapping
            ? mapping.getPath().stream()
                .map(JsonMappingException.Reference::getFieldName)
                .filter(name -> name != null)
                .collect(Collectors.joining("."))
            : "";
    return path.isEmpty() ? "" : path + ": ";
  }

  private static String message(JsonProcessingException e) {
    return e.getOriginalMessage().lines().findFirst().orElse(e.toString());
  }
}
