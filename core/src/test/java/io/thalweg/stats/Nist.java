package io.thalweg.stats;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.math.BigInteger;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.Stream;
import org.opentest4j.TestAbortedException;

/**
 * The univariate sets of the NIST Statistical Reference Datasets (itl.nist.gov/div898/strd). Five
 * are generated; four are read from the folder that the property data.dir names.
 */
record Nist(String name, double[] data, double mean, double sd, double lag1) {

  static Stream<String> names() {
    return Stream.of(
        "NumAcc1",
        "NumAcc2",
        "NumAcc3",
        "NumAcc4",
        "PiDigits",
        "Lew",
        "Lottery",
        "Mavro",
        "Michelso");
  }

  static Nist of(String name) {
    return switch (name) {
      case "NumAcc1" ->
          new Nist(name, new double[] {10000001, 10000003, 10000002}, 10000002, 1, -0.5);
      case "NumAcc2" -> new Nist(name, alternating(1.2, 1.1, 1.3), 1.2, 0.1, -0.999);
      case "NumAcc3" ->
          new Nist(name, alternating(1000000.2, 1000000.1, 1000000.3), 1000000.2, 0.1, -0.999);
      case "NumAcc4" ->
          new Nist(name, alternating(10000000.2, 10000000.1, 10000000.3), 10000000.2, 0.1, -0.999);
      case "PiDigits" ->
          new Nist(name, digitsOfPi(5000), 4.5348, 2.86733906028871, -0.00355099287237972);
      case "Lew" -> new Nist(name, read(name), -177.435, 277.332168044316, -0.307304800605679);
      case "Lottery" ->
          new Nist(name, read(name), 518.958715596330, 291.699727470969, -0.120948622967393);
      case "Mavro" -> new Nist(name, read(name), 2.001856, 0.000429123454003053, 0.937989183438248);
      case "Michelso" ->
          new Nist(name, read(name), 299.8524, 0.0790105478190518, 0.535199668621283);
      default -> throw new IllegalArgumentException("not a set: " + name);
    };
  }

  @Override
  public String toString() {
    return name;
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
    data[956] = 3; // so the published set, and its certified values; the digit of pi is 8
    return data;
  }

  private static BigInteger arctanOfInverse(int x, BigInteger one) {
    BigInteger power = one.divide(BigInteger.valueOf(x));
    BigInteger square = BigInteger.valueOf((long) x * x);
    BigInteger sum = power;
    for (int k = 1; power.signum() != 0; k++) {
      power = power.divide(square);
      BigInteger term = power.divide(BigInteger.valueOf(2L * k + 1));
      sum = k % 2 == 1 ? sum.subtract(term) : sum.add(term);
    }
    return sum;
  }

  private static double[] read(String name) {
    String folder = System.getProperty("data.dir", "");
    Path file = Path.of(folder, "nist", name + ".txt");
    if (folder.isEmpty() || !Files.isReadable(file)) {
      throw new TestAbortedException(
          "set "
              + name
              + " needs the property data.dir to name a folder with nist/"
              + name
              + ".txt: "
              + folder);
    }
    try {
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
      return Exact.array(values);
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }
}
