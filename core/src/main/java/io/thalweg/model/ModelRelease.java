package io.thalweg.model;

import static java.util.Objects.requireNonNull;

import io.thalweg.Codec;
import java.io.DataInput;
import java.io.DataOutput;
import java.io.IOException;
import java.io.StreamCorruptedException;
import java.util.Arrays;

/**
 * New version of a model: the message of a control topic, and an input of {@link Scoring}.
 *
 * <pre>{@code
 * ModelRelease release =
 *     new ModelRelease("2026-11-29", validFrom, schema.hash(), "lightgbm", file, false);
 * producer.send(new ProducerRecord<>("models", ModelRelease.CODEC.encode(release)));
 * }</pre>
 *
 * <p>The array is kept, not copied, and must not be changed. Two releases are equal if all their
 * fields are.
 *
 * @param version the name of the version, which is in every prediction
 * @param validFrom the timestamp of the first row that the model scores
 * @param schemaHash the hash of the schema of its rows: {@link
 *     io.thalweg.feature.FeatureSchema#hash}
 * @param format the name of the format of the bytes: see {@link Scoring.Builder#format}
 * @param bytes the model
 * @param shadow true if the model is scored beside the live one and decides nothing
 */
public record ModelRelease(
    String version, long validFrom, long schemaHash, String format, byte[] bytes, boolean shadow) {

  /** Binary form of a release, {@code thalweg.model.release}. */
  public static final Codec<ModelRelease> CODEC =
      Codec.of("thalweg.model.release", ModelRelease::write, ModelRelease::read);

  private static final int CHUNK = 1 << 16;

  /**
   * Checks a release.
   *
   * @param version not blank, at most 200 characters
   * @param validFrom neither {@code Long.MIN_VALUE} nor {@code Long.MAX_VALUE}
   * @param schemaHash any
   * @param format not blank
   * @param bytes not null
   * @param shadow either
   * @throws IllegalArgumentException if a field is out of range
   */
  public ModelRelease {
    requireNonNull(bytes, "bytes");
    if (version.isBlank() || version.length() > 200) {
      throw new IllegalArgumentException("version must have 1 to 200 characters: " + version);
    }
    if (format.isBlank()) {
      throw new IllegalArgumentException("format must not be blank: version " + version);
    }
    if (validFrom == Long.MIN_VALUE || validFrom == Long.MAX_VALUE) {
      throw new IllegalArgumentException("validFrom is reserved: " + validFrom);
    }
  }

  private static void write(ModelRelease release, DataOutput out) throws IOException {
    Codec.writeNested(Codec.STRING, release.version, out);
    out.writeLong(release.validFrom);
    out.writeLong(release.schemaHash);
    Codec.writeNested(Codec.STRING, release.format, out);
    out.writeInt(release.bytes.length);
    out.write(release.bytes);
    out.writeBoolean(release.shadow);
  }

  private static ModelRelease read(DataInput in) throws IOException {
    String version = Codec.readNested(Codec.STRING, in);
    long validFrom = in.readLong();
    long schemaHash = in.readLong();
    String format = Codec.readNested(Codec.STRING, in);
    byte[] bytes = readBytes(in, in.readInt());
    try {
      return new ModelRelease(version, validFrom, schemaHash, format, bytes, in.readBoolean());
    } catch (IllegalArgumentException e) {
      throw new StreamCorruptedException(e.getMessage());
    }
  }

  /** Reads bytes without allocating them all in advance, since the length may be damaged. */
  private static byte[] readBytes(DataInput in, int length) throws IOException {
    if (length < 0) {
      throw new StreamCorruptedException("length must not be negative: " + length);
    }
    byte[] bytes = new byte[Math.min(length, CHUNK)];
    for (int read = 0; read < length; read = bytes.length) {
      bytes = read == 0 ? bytes : Arrays.copyOf(bytes, (int) Math.min(length, 2L * read));
      in.readFully(bytes, read, bytes.length - read);
    }
    return bytes;
  }

  @Override
  public boolean equals(Object other) {
    return other instanceof ModelRelease that
        && version.equals(that.version)
        && validFrom == that.validFrom
        && schemaHash == that.schemaHash
        && format.equals(that.format)
        && Arrays.equals(bytes, that.bytes)
        && shadow == that.shadow;
  }

  @Override
  public int hashCode() {
    return 31 * version.hashCode() + Long.hashCode(validFrom);
  }

  /** Returns the fields; of the bytes their number. */
  @Override
  public String toString() {
    return "ModelRelease[version=%s, validFrom=%d, schemaHash=%016x, format=%s, %d bytes%s]"
        .formatted(version, validFrom, schemaHash, format, bytes.length, shadow ? ", shadow" : "");
  }
}
