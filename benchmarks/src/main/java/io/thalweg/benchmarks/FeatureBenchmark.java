package io.thalweg.benchmarks;

import io.thalweg.Output;
import io.thalweg.feature.FeatureOperator;
import io.thalweg.feature.FeatureRow;
import io.thalweg.feature.FeatureSet;
import java.time.Duration;
import java.util.HashMap;
import java.util.Map;
import java.util.SplittableRandom;
import java.util.concurrent.TimeUnit;
import java.util.function.ToDoubleFunction;
import org.openjdk.jmh.annotations.Benchmark;
import org.openjdk.jmh.annotations.BenchmarkMode;
import org.openjdk.jmh.annotations.Fork;
import org.openjdk.jmh.annotations.Level;
import org.openjdk.jmh.annotations.Measurement;
import org.openjdk.jmh.annotations.Mode;
import org.openjdk.jmh.annotations.OutputTimeUnit;
import org.openjdk.jmh.annotations.Param;
import org.openjdk.jmh.annotations.Scope;
import org.openjdk.jmh.annotations.Setup;
import org.openjdk.jmh.annotations.State;
import org.openjdk.jmh.annotations.Warmup;

/**
 * Twelve features of a payment over three keys: five of its card, four of its merchant, three of
 * its device. The floor is the same by hand: a {@code HashMap} for each key with rings of times and
 * amounts, and running sums of integers that subtract what leaves the window. Both are compared
 * first.
 *
 * <p>There is one payment every 864 ms, so 100,000 cards have one a day. The windows are full when
 * the measurement begins. With one card, all payments have one card, merchant and device.
 *
 * <p>{@code java -jar benchmarks/target/thalweg-benchmarks.jar FeatureBenchmark -prof gc}
 */
@BenchmarkMode(Mode.AverageTime)
@OutputTimeUnit(TimeUnit.NANOSECONDS)
@Fork(value = 1, jvmArgsAppend = "-Xmx4g")
@Warmup(iterations = 3, time = 2)
@Measurement(iterations = 5, time = 2)
@State(Scope.Thread)
public class FeatureBenchmark {

  private static final int EVENTS = 1 << 20;
  private static final long STEP = 864;
  private static final int COMPARED = 1 << 17;
  private static final Duration IDLE = Duration.ofDays(60);
  private static final ToDoubleFunction<Payment> AMOUNT = Payment::amount;

  /** The length of the windows in hours. */
  @Param({"1", "720"})
  public int hours;

  /** The number of cards. */
  @Param({"100000", "1"})
  public int cards;

  private record Payment(String card, String merchant, String device, double amount) {}

  private final Payment[] payments = new Payment[EVENTS];
  private final double[] row = new double[12];
  private Rival thalweg;
  private Rival byHand;
  private long position;

  /** Computation of the features of a payment. */
  private interface Rival {
    void answer(Payment payment, long time, double[] row);

    void advance(long watermark);
  }

  /** Draws the payments and compares the rivals. */
  @Setup(Level.Trial)
  public void drawAndCompare() {
    SplittableRandom random = new SplittableRandom(1);
    String[] names = new String[cards];
    for (int i = 0; i < cards; i++) {
      names[i] = "card_" + i;
    }
    String[] merchants = new String[Math.max(1, cards / 20)];
    for (int i = 0; i < merchants.length; i++) {
      merchants[i] = "merchant_" + i;
    }
    String[] devices = new String[Math.max(1, cards / 2)];
    for (int i = 0; i < devices.length; i++) {
      devices[i] = "device_" + i;
    }
    for (int i = 0; i < EVENTS; i++) {
      payments[i] =
          new Payment(
              names[random.nextInt(cards)],
              merchants[random.nextInt(merchants.length)],
              devices[random.nextInt(devices.length)],
              random.nextInt(1, 50_000));
    }
    thalweg = new Thalweg(Duration.ofHours(hours));
    byHand = new ByHand(Duration.ofHours(hours).toMillis());
    double[] expected = new double[row.length];
    for (position = 0; position < COMPARED; ) {
      long start = position;
      next(byHand);
      System.arraycopy(row, 0, expected, 0, row.length);
      position = start;
      next(thalweg);
      for (int i = 0; i < row.length; i++) {
        double error = Math.abs(row[i] - expected[i]);
        if (!(error <= 1e-9 * Math.abs(expected[i])) && Double.compare(row[i], expected[i]) != 0) {
          throw new IllegalStateException(
              "feature " + i + " is wrong: " + row[i] + ", expected " + expected[i]);
        }
      }
    }
    thalweg = null;
    byHand = null;
  }

  private double next(Rival rival) {
    int i = (int) (position & EVENTS - 1);
    long time = position++ * STEP;
    rival.answer(payments[i], time, row);
    if ((i & 1023) == 0) {
      rival.advance(time);
    }
    return row[0] + row[5] + row[9];
  }

  private void fill(Rival rival) {
    position = 0;
    long enough = Math.max(2L * cards, hours * 3_600_000L / STEP + EVENTS / 4);
    for (long i = 0; i < enough; i++) {
      next(rival);
    }
  }

  /**
   * Measures three operators of features.
   *
   * @return features, so that they are computed
   */
  @Benchmark
  public double thalweg() {
    if (thalweg == null) {
      thalweg = new Thalweg(Duration.ofHours(hours));
      fill(thalweg);
    }
    return next(thalweg);
  }

  /**
   * Measures the computation by hand.
   *
   * @return features, so that they are computed
   */
  @Benchmark
  public double byHand() {
    if (byHand == null) {
      byHand = new ByHand(Duration.ofHours(hours).toMillis());
      fill(byHand);
    }
    return next(byHand);
  }

  private static final class Thalweg implements Rival {
    private final FeatureOperator<String, Payment> card;
    private final FeatureOperator<String, Payment> merchant;
    private final FeatureOperator<String, Payment> device;
    private final double[] cardRow = new double[5];
    private final double[] merchantRow = new double[4];
    private final double[] deviceRow = new double[3];
    private final Output<String, FeatureRow<Payment>> side = Output.strict((key, answer) -> {});

    Thalweg(Duration window) {
      card =
          FeatureSet.<Payment>named("card")
              .feature("card_count")
              .last(window)
              .count()
              .feature("card_mean")
              .last(window)
              .mean(AMOUNT)
              .feature("card_sd")
              .last(window)
              .sd(AMOUNT)
              .feature("card_max")
              .last(window)
              .max(AMOUNT)
              .feature("card_since_last")
              .sinceLast()
              .idle(IDLE)
              .build()
              .operator();
      merchant =
          FeatureSet.<Payment>named("merchant")
              .feature("merchant_count")
              .last(window)
              .count()
              .feature("merchant_rate")
              .last(window)
              .rate()
              .feature("merchant_sum")
              .last(window)
              .sum(AMOUNT)
              .feature("merchant_mean")
              .last(window)
              .mean(AMOUNT)
              .idle(IDLE)
              .build()
              .operator();
      device =
          FeatureSet.<Payment>named("device")
              .feature("device_count")
              .last(window)
              .count()
              .feature("device_mean")
              .last(window)
              .mean(AMOUNT)
              .feature("device_since_last")
              .sinceLast()
              .idle(IDLE)
              .build()
              .operator();
    }

    @Override
    public void answer(Payment payment, long time, double[] row) {
      card.answer(payment.card, payment, time, side, cardRow);
      merchant.answer(payment.merchant, payment, time, side, merchantRow);
      device.answer(payment.device, payment, time, side, deviceRow);
      System.arraycopy(cardRow, 0, row, 0, 5);
      System.arraycopy(merchantRow, 0, row, 5, 4);
      System.arraycopy(deviceRow, 0, row, 9, 3);
    }

    @Override
    public void advance(long watermark) {
      card.advance(watermark, side);
      merchant.advance(watermark, side);
      device.advance(watermark, side);
    }
  }

  private static final class ByHand implements Rival {
    private final Map<String, Sums> byCard = new HashMap<>();
    private final Map<String, Sums> byMerchant = new HashMap<>();
    private final Map<String, Sums> byDevice = new HashMap<>();
    private final long window;

    ByHand(long window) {
      this.window = window;
    }

    /** Ring of the window of a key with its running sums and the indexes of its maxima. */
    private static final class Sums {
      long[] times = new long[8];
      long[] amounts = new long[8];
      long[] maxima;
      long first;
      long next;
      long firstMaximum;
      long nextMaximum;
      long sum;
      long squares;
      long last = Long.MIN_VALUE;

      Sums(boolean withMaxima) {
        maxima = withMaxima ? new long[8] : null;
      }

      void evict(long until) {
        int mask = times.length - 1;
        while (first < next && times[(int) first & mask] <= until) {
          long amount = amounts[(int) first & mask];
          sum -= amount;
          squares -= amount * amount;
          if (maxima != null && maxima[(int) firstMaximum & mask] == first) {
            firstMaximum++;
          }
          first++;
        }
      }

      void add(long time, long amount) {
        if (next - first == times.length) {
          grow();
        }
        int mask = times.length - 1;
        times[(int) next & mask] = time;
        amounts[(int) next & mask] = amount;
        sum += amount;
        squares += amount * amount;
        if (maxima != null) {
          while (nextMaximum > firstMaximum
              && amounts[(int) maxima[(int) (nextMaximum - 1) & mask] & mask] <= amount) {
            nextMaximum--;
          }
          maxima[(int) nextMaximum & mask] = next;
          nextMaximum++;
        }
        next++;
        last = time;
      }

      private void grow() {
        times = copy(times, first, next);
        amounts = copy(amounts, first, next);
        if (maxima != null) {
          maxima = copy(maxima, firstMaximum, nextMaximum);
        }
      }

      private static long[] copy(long[] from, long first, long next) {
        long[] to = new long[2 * from.length];
        for (long i = first; i < next; i++) {
          to[(int) i & to.length - 1] = from[(int) i & from.length - 1];
        }
        return to;
      }

      long count() {
        return next - first;
      }

      double mean() {
        return count() == 0 ? Double.NaN : (double) sum / count();
      }

      double sd() {
        long n = count();
        if (n < 2) {
          return Double.NaN;
        }
        double mean = (double) sum / n;
        return Math.sqrt(Math.max(0, (squares - mean * sum) / (n - 1)));
      }

      double max() {
        return count() == 0
            ? Double.NaN
            : amounts[(int) maxima[(int) firstMaximum & times.length - 1] & times.length - 1];
      }

      double secondsSinceLast(long time) {
        return last == Long.MIN_VALUE ? Double.NaN : (time - last) / 1000.0;
      }
    }

    private Sums sums(Map<String, Sums> of, String key, boolean withMaxima, long time) {
      Sums sums = of.get(key);
      if (sums == null) {
        sums = new Sums(withMaxima);
        of.put(key, sums);
      }
      sums.evict(time - window);
      return sums;
    }

    @Override
    public void answer(Payment payment, long time, double[] row) {
      long amount = (long) payment.amount;
      Sums card = sums(byCard, payment.card, true, time);
      row[0] = card.count();
      row[1] = card.mean();
      row[2] = card.sd();
      row[3] = card.max();
      row[4] = card.secondsSinceLast(time);
      card.add(time, amount);
      Sums merchant = sums(byMerchant, payment.merchant, false, time);
      row[5] = merchant.count();
      row[6] = merchant.count() / (window / 1000.0);
      row[7] = merchant.sum;
      row[8] = merchant.mean();
      merchant.add(time, amount);
      Sums device = sums(byDevice, payment.device, false, time);
      row[9] = device.count();
      row[10] = device.mean();
      row[11] = device.secondsSinceLast(time);
      device.add(time, amount);
    }

    @Override
    public void advance(long watermark) {
      // keys are kept
    }
  }
}
