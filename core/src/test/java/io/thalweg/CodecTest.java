package io.thalweg;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.thalweg.testing.Sample;
import java.io.ByteArrayInputStream;
import java.io.ByteArrayOutputStream;
import java.io.DataInput;
import java.io.DataInputStream;
import java.io.DataOutput;
import java.io.DataOutputStream;
import java.io.IOException;
import java.io.StreamCorruptedException;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.zip.CRC32C;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import org.junit.jupiter.api.Test;

class CodecTest {

  @Property
  void string_any_roundTrips(@ForAll String value) {
    assertThat(Codec.STRING.decode(Codec.STRING.encode(value))).isEqualTo(value);
  }

  @Test
  void string_unpairedSurrogates_roundTrip() {
    for (String value : new String[] {"\ud800", "a\udfff", "\udc00\ud800", "\ud83d\ude00\ud83d"}) {
      assertThat(Codec.STRING.decode(Codec.STRING.encode(value))).isEqualTo(value);
    }
  }

  @Property
  void long_any_roundTrips(@ForAll long value) {
    assertThat(Codec.LONG.decode(Codec.LONG.encode(value))).isEqualTo(value);
  }

  @Test
  void decode_anyBitFlipped_rejectedAsDamaged() {
    byte[] bytes = Codec.STRING.encode("mean sea level");
    for (int bit = 0; bit < 8 * bytes.length; bit++) {
      byte[] damaged = bytes.clone();
      damaged[bit / 8] ^= (byte) (1 << bit % 8);
      assertThatThrownBy(() -> Codec.STRING.decode(damaged))
          .as("bit %d", bit)
          .isInstanceOf(IllegalArgumentException.class)
          .hasMessageContaining("damaged record");
    }
  }

  @Test
  void decode_truncatedAnywhere_rejectedAsDamaged() {
    byte[] bytes = Codec.STRING.encode("mean sea level");
    for (int length = 0; length < bytes.length; length++) {
      byte[] shorter = Arrays.copyOf(bytes, length);
      assertThatThrownBy(() -> Codec.STRING.decode(shorter))
          .as("length %d", length)
          .isInstanceOf(IllegalArgumentException.class)
          .hasMessageContaining("damaged record");
    }
  }

  @Test
  void decode_bytesLeftOver_rejectedAsDamaged() {
    byte[] bytes = Codec.LONG.encode(1L);
    assertThatThrownBy(() -> Codec.LONG.decode(sealed(Arrays.copyOf(bytes, bytes.length + 3))))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessageContaining("bytes left over: 3");
  }

  @Test
  void decode_shortBodyWithValidChecksum_rejectedAsDamaged() {
    byte[] bytes = Codec.LONG.encode(1L);
    assertThatThrownBy(() -> Codec.LONG.decode(sealed(Arrays.copyOf(bytes, bytes.length - 1))))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessageContaining("damaged record");
  }

  @Test
  void decode_anotherName_rejectedWithBothNames() {
    assertThatThrownBy(() -> Codec.LONG.decode(Codec.STRING.encode("a")))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessageContaining("long")
        .hasMessageContaining("string");
  }

  @Test
  void decode_futureOrZeroVersion_rejectedWithTheVersion() {
    for (int version : new int[] {2, 0, -1, Integer.MAX_VALUE}) {
      byte[] bytes = new OfVersion(version).encode(7L);
      assertThatThrownBy(() -> new OfVersion(1).decode(bytes))
          .isInstanceOf(IllegalArgumentException.class)
          .hasMessageContaining("version must be from 1 to 1: " + version);
    }
  }

  @Test
  void decode_earlierVersion_readWithIt() {
    assertThat(new OfVersion(3).decode(new OfVersion(2).encode(7L))).isEqualTo(7L + 2);
  }

  @Test
  void sample_everyValue_roundTripsBitForBit() {
    for (double value : new double[] {Double.NaN, -0.0, 0.0, Double.MIN_VALUE, 1 / 0.0}) {
      Sample sample = new Sample(value, -5);
      assertThat(Sample.CODEC.decode(Sample.CODEC.encode(sample))).isEqualTo(sample);
    }
  }

  @Test
  void of_functions_roundTripsUnderItsName() {
    Codec<double[]> pair =
        Codec.of(
            "pair",
            (value, out) -> {
              out.writeDouble(value[0]);
              out.writeDouble(value[1]);
            },
            in -> new double[] {in.readDouble(), in.readDouble()});
    assertThat(pair.name()).isEqualTo("pair");
    assertThat(pair.version()).isEqualTo(1);
    assertThat(pair.decode(pair.encode(new double[] {-0.0, 3}))).containsExactly(-0.0, 3);
  }

  @Test
  void of_nameThatFitsInNoRecord_isRefusedWithTheLimit() {
    for (String unit : new String[] {"n", "\u00e9", "\u20ac"}) {
      int most = 65_535 / unit.getBytes(StandardCharsets.UTF_8).length;
      assertThat(Codec.of(unit.repeat(most), (v, out) -> {}, in -> 1).encode(1)).isNotEmpty();
      assertThatThrownBy(() -> Codec.of(unit.repeat(most + 1), (v, out) -> {}, in -> 1))
          .isInstanceOf(IllegalArgumentException.class)
          .hasMessageStartingWith("the name of a codec must have at most 65,535 bytes");
    }
  }

  @Test
  void readNested_earlierVersion_passesItToTheCodec() throws IOException {
    assertThat(nested(2, new OfVersion(3))).isEqualTo(7L + 2);
  }

  @Test
  void readNested_futureOrZeroVersion_throwsWithTheVersion() {
    for (int version : new int[] {2, 0, -1, Integer.MAX_VALUE}) {
      assertThatThrownBy(() -> nested(version, new OfVersion(1)))
          .isInstanceOf(StreamCorruptedException.class)
          .hasMessage("versioned: version must be from 1 to 1: " + version);
    }
  }

  /** Writes 7 in one version and reads it with a codec of another. */
  private static long nested(int writtenVersion, Codec<Long> reader) throws IOException {
    ByteArrayOutputStream bytes = new ByteArrayOutputStream();
    Codec.writeNested(new OfVersion(writtenVersion), 7L, new DataOutputStream(bytes));
    return Codec.readNested(
        reader, new DataInputStream(new ByteArrayInputStream(bytes.toByteArray())));
  }

  /** Reads a number and adds the version that wrote it. */
  private record OfVersion(int version) implements Codec<Long> {
    @Override
    public String name() {
      return "versioned";
    }

    @Override
    public void write(Long value, DataOutput out) throws IOException {
      out.writeLong(value);
    }

    @Override
    public Long read(DataInput in, int version) throws IOException {
      return in.readLong() + version;
    }
  }

  /** The same bytes with a checksum that fits. */
  private static byte[] sealed(byte[] bytes) {
    CRC32C sum = new CRC32C();
    sum.update(bytes, 0, bytes.length - 4);
    for (int i = 0; i < 4; i++) {
      bytes[bytes.length - 1 - i] = (byte) (sum.getValue() >> 8 * i);
    }
    return bytes;
  }
}
