package io.thalweg.benchmarks;

import io.thalweg.examples.formats.AvroReading;
import io.thalweg.examples.formats.ProtobufReading;
import io.thalweg.examples.readings.Reading;
import io.thalweg.storm.Decoder;
import java.util.Locale;
import java.util.SplittableRandom;
import java.util.concurrent.TimeUnit;
import org.openjdk.jmh.annotations.Benchmark;
import org.openjdk.jmh.annotations.BenchmarkMode;
import org.openjdk.jmh.annotations.Fork;
import org.openjdk.jmh.annotations.Measurement;
import org.openjdk.jmh.annotations.Mode;
import org.openjdk.jmh.annotations.OutputTimeUnit;
import org.openjdk.jmh.annotations.Param;
import org.openjdk.jmh.annotations.Scope;
import org.openjdk.jmh.annotations.Setup;
import org.openjdk.jmh.annotations.State;
import org.openjdk.jmh.annotations.Warmup;

/**
 * Time to decode a reading in each format of the examples. The set-up prints the size of the
 * reading in each format. Run by {@code java -cp
 * benchmarks/target/thalweg-benchmarks.jar:examples/target/thalweg-examples-all.jar
 * org.openjdk.jmh.Main DecoderBenchmark}.
 */
@State(Scope.Thread)
@BenchmarkMode(Mode.AverageTime)
@OutputTimeUnit(TimeUnit.NANOSECONDS)
@Fork(1)
@Warmup(iterations = 3, time = 1)
@Measurement(iterations = 5, time = 1)
public class DecoderBenchmark {

  private static final int READINGS = 1024;

  /** The format. */
  @Param({"json", "avro", "protobuf"})
  public String format;

  private final byte[][] encoded = new byte[READINGS][];
  private Decoder<Reading> decoder;
  private int next;

  /**
   * Encodes readings, and checks that they are decoded as they were.
   *
   * @throws Exception if they are not
   */
  @Setup
  public void encode() throws Exception {
    SplittableRandom random = new SplittableRandom(42);
    decoder =
        switch (format) {
          case "avro" -> new AvroReading();
          case "protobuf" -> ProtobufReading::decode;
          default -> Reading::parse;
        };
    long bytes = 0;
    for (int i = 0; i < READINGS; i++) {
      Reading reading =
          new Reading(
              "sensor-" + random.nextInt(100),
              50 + 5 * random.nextDouble(),
              1_700_000_000_000L + i);
      encoded[i] =
          switch (format) {
            case "avro" -> AvroReading.encode(reading);
            case "protobuf" -> ProtobufReading.encode(reading);
            default -> reading.toJson();
          };
      bytes += encoded[i].length;
      if (!decoder.decode(encoded[i]).equals(reading)) {
        throw new IllegalStateException(format + " must give back " + reading);
      }
    }
    System.out.printf(Locale.ROOT, "%s: %.1f bytes a reading%n", format, (double) bytes / READINGS);
  }

  /**
   * Decodes one reading.
   *
   * @return the reading
   * @throws Exception never
   */
  @Benchmark
  public Reading decode() throws Exception {
    return decoder.decode(encoded[next++ & READINGS - 1]);
  }
}
