package io.thalweg.benchmarks;

import com.google.common.math.StatsAccumulator;
import io.thalweg.Fifo;
import io.thalweg.stats.AutocorrelationAccumulator;
import io.thalweg.stats.MomentsAccumulator;
import java.io.IOException;
import java.io.PrintStream;
import java.math.BigDecimal;
import java.math.BigInteger;
import java.math.MathContext;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Random;
import java.util.SplittableRandom;
import java.util.function.IntToDoubleFunction;
import org.apache.commons.math3.stat.descriptive.DescriptiveStatistics;
import org.apache.commons.math3.stat.descriptive.SummaryStatistics;
import org.apache.commons.statistics.descriptive.Variance;

/**
 * Prints how far variances are from exact arithmetic on the given doubles, and how many certified
 * digits that leaves: on the univariate sets of the NIST Statistical Reference Datasets; and of the
 * last 100 values of six streams that ruin subtracting windows; ours beside others.
 *
 * <p>{@code java -cp benchmarks/target/thalweg-benchmarks.jar io.thalweg.benchmarks.Accuracy
 * [folder with nist/Lew.txt and so on]}. Without the folder the four sets that are observations are
 * left out; the other five are generated.
 */
public final class Accuracy {

  private static final MathContext DIGITS = new MathContext(60);
  private static final int WINDOW = 100;
  private static final int UPDATES = 1_000_000;

  /**
   * The certified standard deviations (https://www.itl.nist.gov/div898/strd/univ/homepage.html).
   */
  private static final Map<String, String> CERTIFIED =
      Map.of(
          "Lew", "277.332168044316",
          "Lottery", "291.699727470969",
          "Mavro", "0.000429123454003053",
          "Michelso", "0.0790105478190518",
          "NumAcc1", "1",
          "NumAcc2", "0.1",
          "NumAcc3", "0.1",
          "NumAcc4", "0.1",
          "PiDigits", "2.86733906028871");

  private final PrintStream out;

  private Accuracy(PrintStream out) {
    this.out = out;
  }

  /**
   * Prints the tables.
   *
   * @param args a folder with the subfolder nist, or nothing
   * @throws IOException if a set cannot be read
   */
  public static void main(String[] args) throws IOException {
    PrintStream out = new PrintStream(System.out, true, StandardCharsets.UTF_8);
    Accuracy accuracy = new Accuracy(out);
    Map<String, double[]> sets = sets(args.length > 0 ? Path.of(args[0]) : null, out);
    accuracy.nist(sets);
    accuracy.certified(sets);
    accuracy.streams();
  }

  private void nist(Map<String, double[]> sets) {
    out.println("Relative error of the sample variance, against exact arithmetic on the doubles.");
    out.println("mean: that of our mean, of which the double next to it has up to 1.1e-16.");
    out.println("merged: the worst of blocks of 1, 16 and 1000 in 10 orders. r1: lag-1");
    out.println("autocorrelation, the worst of streaming and blocks of 1, 16 and 1000 in order.");
    row(
        "set",
        "n",
        "thalweg",
        "merged",
        "mean",
        "addAll",
        "math3",
        "comm-stat",
        "guava",
        "sums",
        "r1");
    for (Map.Entry<String, double[]> set : sets.entrySet()) {
      double[] data = set.getValue();
      BigDecimal exact = variance(data);
      Rivals rivals = Rivals.of(data);
      row(
          set.getKey(),
          Integer.toString(data.length),
          error(merged(data, data.length, 0).sampleVariance(), exact),
          format(worstMerged(data, exact)),
          error(merged(data, data.length, 0).mean(), mean(data)),
          error(rivals.addAll, exact),
          error(rivals.math3, exact),
          error(rivals.statistics, exact),
          error(rivals.guava, exact),
          error(rivals.sums, exact),
          format(worstAutocorrelation(data)));
    }
  }

  /** Sample variances as each has them. */
  private record Rivals(double addAll, double math3, double statistics, double guava, double sums) {

    static Rivals of(double[] data) {
      MomentsAccumulator all = new MomentsAccumulator();
      all.addAll(data, 0, data.length);
      SummaryStatistics math3 = new SummaryStatistics();
      Variance statistics = Variance.create();
      StatsAccumulator guava = new StatsAccumulator();
      double sum = 0;
      double squares = 0;
      for (double value : data) {
        math3.addValue(value);
        statistics.accept(value);
        guava.add(value);
        sum += value;
        squares += value * value;
      }
      return new Rivals(
          all.sampleVariance(),
          math3.getVariance(),
          statistics.getAsDouble(),
          guava.sampleVariance(),
          (squares - sum * sum / data.length) / (data.length - 1));
    }
  }

  private void certified(Map<String, double[]> sets) {
    out.println();
    out.println(
        "Digits of the certified standard deviation that are right, -log10 of the relative");
    out.println(
        "error. exact: of exact arithmetic on the doubles, for the decimals are no doubles.");
    row("set", "n", "exact", "thalweg", "merged", "addAll", "math3", "comm-stat", "guava", "sums");
    for (Map.Entry<String, double[]> set : sets.entrySet()) {
      double[] data = set.getValue();
      BigDecimal sd = new BigDecimal(CERTIFIED.get(set.getKey()));
      Rivals rivals = Rivals.of(data);
      row(
          set.getKey(),
          Integer.toString(data.length),
          digits(variance(data).sqrt(DIGITS), sd),
          digits(merged(data, data.length, 0).sampleVariance(), sd),
          digits(merged(data, 16, 1).sampleVariance(), sd),
          digits(rivals.addAll, sd),
          digits(rivals.math3, sd),
          digits(rivals.statistics, sd),
          digits(rivals.guava, sd),
          digits(rivals.sums, sd));
    }
  }

  private static String digits(double variance, BigDecimal certified) {
    return variance >= 0 ? digits(new BigDecimal(Math.sqrt(variance)), certified) : "none";
  }

  private static String digits(BigDecimal sd, BigDecimal certified) {
    BigDecimal error = sd.subtract(certified).abs();
    if (error.signum() == 0) {
      return "all";
    }
    double digits = -Math.log10(error.divide(certified, DIGITS).doubleValue());
    return String.format(Locale.ROOT, "%.1f", Math.max(0, digits));
  }

  private static double worstMerged(double[] data, BigDecimal exact) {
    double worst = 0;
    for (int size : new int[] {1, 16, 1000}) {
      for (int seed = 0; seed < 10; seed++) {
        worst = Math.max(worst, relative(merged(data, size, seed).sampleVariance(), exact));
      }
    }
    return worst;
  }

  private static MomentsAccumulator merged(double[] data, int size, int seed) {
    List<MomentsAccumulator> blocks = new ArrayList<>();
    for (int from = 0; from < data.length; from += size) {
      MomentsAccumulator block = new MomentsAccumulator();
      for (int i = from; i < Math.min(from + size, data.length); i++) {
        block.add(data[i]);
      }
      blocks.add(block);
    }
    if (seed > 0) {
      Collections.shuffle(blocks, new Random(seed));
    }
    MomentsAccumulator whole = new MomentsAccumulator();
    blocks.forEach(whole::merge);
    return whole;
  }

  private static double worstAutocorrelation(double[] data) {
    BigDecimal mean = mean(data);
    BigDecimal pairs = BigDecimal.ZERO;
    for (int i = 1; i < data.length; i++) {
      pairs =
          pairs.add(
              new BigDecimal(data[i])
                  .subtract(mean)
                  .multiply(new BigDecimal(data[i - 1]).subtract(mean)));
    }
    BigDecimal exact =
        pairs.divide(variance(data).multiply(BigDecimal.valueOf(data.length - 1L)), DIGITS);
    double worst = 0;
    for (int size : new int[] {1, 16, 1000, data.length}) {
      AutocorrelationAccumulator whole = new AutocorrelationAccumulator(1);
      for (int from = 0; from < data.length; from += size) {
        AutocorrelationAccumulator block = new AutocorrelationAccumulator(1);
        for (int i = from; i < Math.min(from + size, data.length); i++) {
          block.add(data[i]);
        }
        whole.merge(block);
      }
      worst = Math.max(worst, relative(whole.toAutocorrelation().at(1), exact));
    }
    return worst;
  }

  private void streams() {
    out.println();
    out.println(
        "Sample variance of the last 100 of 1,000,000 values: the largest relative error of every");
    out.println("101st, and how many of all were negative or NaN.");
    row("stream", "", "thalweg", "bad", "welford±", "bad", "sums±", "bad", "math3", "bad");
    for (Map.Entry<String, IntToDoubleFunction> stream : adversaries().entrySet()) {
      Fifo.OfDouble<MomentsAccumulator> fifo = MomentsAccumulator.fifo();
      Subtracting welford = new Subtracting();
      DescriptiveStatistics math3 = new DescriptiveStatistics(WINDOW);
      double sum = 0;
      double squares = 0;
      double[] worst = new double[4];
      long[] bad = new long[4];
      double[] last = new double[WINDOW];
      for (int i = 0; i < UPDATES; i++) {
        double value = stream.getValue().applyAsDouble(i);
        double old = last[i % WINDOW];
        last[i % WINDOW] = value;
        if (fifo.size() == WINDOW) {
          fifo.evict();
          welford.remove(old);
          sum -= old;
          squares -= old * old;
        }
        fifo.add(value);
        welford.add(value);
        math3.addValue(value);
        sum += value;
        squares += value * value;
        if (i < WINDOW) {
          continue;
        }
        boolean compared = i % 101 == 0;
        double[] variances = {
          fifo.result().sampleVariance(),
          welford.m2 / (WINDOW - 1),
          (squares - sum * sum / WINDOW) / (WINDOW - 1),
          compared ? math3.getVariance() : 0,
        };
        BigDecimal exact = compared ? variance(last) : null;
        for (int k = 0; k < 4; k++) {
          if (!(variances[k] >= 0)) {
            bad[k]++;
          }
          if (compared) {
            worst[k] = Math.max(worst[k], relative(variances[k], exact));
          }
        }
      }
      row(
          stream.getKey(),
          "",
          format(worst[0]),
          Long.toString(bad[0]),
          format(worst[1]),
          Long.toString(bad[1]),
          format(worst[2]),
          Long.toString(bad[2]),
          format(worst[3]),
          Long.toString(bad[3]));
    }
  }

  private static Map<String, IntToDoubleFunction> adversaries() {
    SplittableRandom random = new SplittableRandom(46);
    Map<String, IntToDoubleFunction> streams = new LinkedHashMap<>();
    streams.put("N(0,1)", i -> random.nextGaussian());
    streams.put("1e9+N(0,1)", i -> 1e9 + random.nextGaussian());
    streams.put("spikes 1e9", i -> i % 10_007 == 10_006 ? 1e9 : random.nextGaussian());
    streams.put("constant", i -> i < UPDATES / 2 ? random.nextGaussian() : 0.1);
    streams.put("ramp", i -> 1.7e12 + i * 1e-3);
    streams.put("decaying", i -> random.nextGaussian() * Math.pow(2e-9, i / (double) UPDATES));
    return streams;
  }

  /** Welford's recursion forth and back, as most libraries have it. */
  private static final class Subtracting {
    private long count;
    private double mean;
    private double m2;

    void add(double value) {
      count++;
      double delta = value - mean;
      mean += delta / count;
      m2 += delta * (value - mean);
    }

    void remove(double value) {
      count--;
      double delta = value - mean;
      mean -= delta / count;
      m2 -= delta * (value - mean);
    }
  }

  private static Map<String, double[]> sets(Path folder, PrintStream out) throws IOException {
    Map<String, double[]> sets = new LinkedHashMap<>();
    for (String name : List.of("Lew", "Lottery", "Mavro", "Michelso")) {
      Path file = folder == null ? null : folder.resolve("nist").resolve(name + ".txt");
      if (file == null || !Files.isReadable(file)) {
        out.println(name + " is left out: no file " + file);
      } else {
        sets.put(name, read(file));
      }
    }
    sets.put("NumAcc1", new double[] {10000001, 10000003, 10000002});
    sets.put("NumAcc2", alternating(1.2, 1.1, 1.3));
    sets.put("NumAcc3", alternating(1000000.2, 1000000.1, 1000000.3));
    sets.put("NumAcc4", alternating(10000000.2, 10000000.1, 10000000.3));
    sets.put("PiDigits", digitsOfPi(5000));
    return sets;
  }

  private static double[] alternating(double first, double then, double other) {
    double[] data = new double[1001];
    data[0] = first;
    for (int i = 1; i < data.length; i++) {
      data[i] = i % 2 == 1 ? then : other;
    }
    return data;
  }

  /** By Machin's formula, pi = 16 arctan 1/5 - 4 arctan 1/239, in fixed point. */
  private static double[] digitsOfPi(int digits) {
    BigInteger one = BigInteger.TEN.pow(digits + 10);
    BigInteger pi =
        arctanOfInverse(5, one)
            .multiply(BigInteger.valueOf(16))
            .subtract(arctanOfInverse(239, one).multiply(BigInteger.valueOf(4)));
    double[] data = pi.toString().substring(0, digits).chars().mapToDouble(c -> c - '0').toArray();
    data[956] = 3; // so the published set; the digit of pi is 8
    return data;
  }

  private static BigInteger arctanOfInverse(int x, BigInteger one) {
    BigInteger square = BigInteger.valueOf((long) x * x);
    BigInteger power = one.divide(BigInteger.valueOf(x));
    BigInteger sum = power;
    for (int k = 1; power.signum() != 0; k++) {
      power = power.divide(square);
      BigInteger term = power.divide(BigInteger.valueOf(2L * k + 1));
      sum = k % 2 == 1 ? sum.subtract(term) : sum.add(term);
    }
    return sum;
  }

  private static double[] read(Path file) throws IOException {
    List<Double> values = new ArrayList<>();
    for (String line : Files.readAllLines(file)) {
      if (line.isBlank()) {
        continue;
      }
      try {
        values.add(Double.parseDouble(line.trim()));
      } catch (NumberFormatException header) {
        values.clear();
      }
    }
    return values.stream().mapToDouble(Double::doubleValue).toArray();
  }

  private static BigDecimal sum(double... values) {
    BigDecimal sum = BigDecimal.ZERO;
    for (double value : values) {
      sum = sum.add(new BigDecimal(value));
    }
    return sum;
  }

  private static BigDecimal mean(double... values) {
    return sum(values).divide(BigDecimal.valueOf(values.length), DIGITS);
  }

  private static BigDecimal variance(double... values) {
    BigDecimal squares = BigDecimal.ZERO;
    for (double value : values) {
      squares = squares.add(new BigDecimal(value).pow(2));
    }
    BigDecimal n = BigDecimal.valueOf(values.length);
    BigDecimal sum = sum(values);
    return squares
        .multiply(n)
        .subtract(sum.multiply(sum))
        .divide(n.multiply(n.subtract(BigDecimal.ONE)), DIGITS);
  }

  private static String error(double actual, BigDecimal exact) {
    return format(relative(actual, exact));
  }

  private static double relative(double actual, BigDecimal exact) {
    if (!Double.isFinite(actual) || exact.signum() == 0) {
      return exact.signum() == 0 && actual == 0 ? 0 : Double.POSITIVE_INFINITY;
    }
    return new BigDecimal(actual).subtract(exact).abs().divide(exact.abs(), DIGITS).doubleValue();
  }

  private static String format(double error) {
    return error == 0 ? "0" : String.format(Locale.ROOT, "%.1e", error);
  }

  private void row(String... cells) {
    StringBuilder line = new StringBuilder(String.format(Locale.ROOT, "%-11s", cells[0]));
    for (int i = 1; i < cells.length; i++) {
      line.append(String.format(Locale.ROOT, "%10s", cells[i]));
    }
    out.println(line.toString().stripTrailing());
  }
}
