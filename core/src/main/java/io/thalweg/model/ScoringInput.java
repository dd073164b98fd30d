package io.thalweg.model;

import static java.util.Objects.requireNonNull;

import io.thalweg.Codec;
import io.thalweg.feature.FeatureRow;
import java.nio.charset.StandardCharsets;

/**
 * Input of {@link Scoring}: a row to be scored, or a release of a model.
 *
 * @param <E> the events of the rows
 */
public sealed interface ScoringInput<E> {

  /**
   * Row to be scored.
   *
   * @param row the row
   * @param <E> the events of the rows
   */
  record Row<E>(FeatureRow<E> row) implements ScoringInput<E> {
    /**
     * Checks the row.
     *
     * @param row not null
     */
    public Row {
      requireNonNull(row, "row");
    }
  }

  /**
   * Release of a model.
   *
   * @param release the release
   * @param <E> the events of the rows
   */
  record Release<E>(ModelRelease release) implements ScoringInput<E> {
    /**
     * Checks the release.
     *
     * @param release not null
     */
    public Release {
      requireNonNull(release, "release");
    }
  }

  /**
   * Returns a row as input.
   *
   * @param row the row
   * @param <E> the events of the rows
   * @return the input
   */
  static <E> ScoringInput<E> row(FeatureRow<E> row) {
    return new Row<>(row);
  }

  /**
   * Returns a release as input.
   *
   * @param release the release
   * @param <E> the events of the rows
   * @return the input
   */
  static <E> ScoringInput<E> release(ModelRelease release) {
    return new Release<>(release);
  }

  /**
   * Reads a message of either stream: a row or a release with the envelope of its codec, which
   * tells them apart.
   *
   * @param bytes the result of {@link Codec#encode} of {@link ModelRelease#CODEC} or of the codec
   *     of rows
   * @param rows the codec of rows
   * @param <E> the events of the rows
   * @return the input
   * @throws IllegalArgumentException if the message is damaged or of another kind
   */
  static <E> ScoringInput<E> decode(byte[] bytes, Codec<FeatureRow<E>> rows) {
    byte[] name = ModelRelease.CODEC.name().getBytes(StandardCharsets.UTF_8);
    int at = 4; // after the letters TW and the length of the name
    boolean release = bytes.length > at + name.length && bytes[3] == name.length;
    for (int i = 0; release && i < name.length; i++) {
      release = bytes[at + i] == name[i];
    }
    return release ? release(ModelRelease.CODEC.decode(bytes)) : row(rows.decode(bytes));
  }

  /**
   * Returns the binary form of inputs, for {@link io.thalweg.Ordered} before the scoring: a byte, 0
   * for a row and 1 for a release, then the version and the value.
   *
   * @param rows the binary form of the rows
   * @param <E> the events of the rows
   * @return a codec
   */
  static <E> Codec<ScoringInput<E>> codec(Codec<FeatureRow<E>> rows) {
    requireNonNull(rows, "rows");
    return Codec.of(
        "thalweg.model.input of " + rows.name(),
        (input, out) -> {
          if (input instanceof Row<E> row) {
            out.writeByte(0);
            Codec.writeNested(rows, row.row(), out);
          } else {
            out.writeByte(1);
            Codec.writeNested(ModelRelease.CODEC, ((Release<E>) input).release(), out);
          }
        },
        in -> {
          byte kind = in.readByte();
          return switch (kind) {
            case 0 -> row(Codec.readNested(rows, in));
            case 1 -> release(Codec.readNested(ModelRelease.CODEC, in));
            default -> throw new java.io.StreamCorruptedException("kind must be 0 or 1: " + kind);
          };
        });
  }
}
