package io.thalweg.storm.testing;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.List;
import java.util.Set;
import net.jqwik.api.Example;

class ProtocolPropertyTest {

  @Example
  void smoke() {
    long start = System.nanoTime();
    int n = Integer.getInteger("runs", 20);
    int bad = 0;
    for (Variant variant : Variant.values()) {
      for (long seed = 1; seed <= n; seed++) {
        Scenario s = Scenario.of(seed, variant);
        List<String> v = check(s);
        if (!v.isEmpty()) {
          bad++;
          System.out.println(variant + " " + seed + " " + v);
        }
      }
    }
    System.out.println(
        bad + " bad of " + n * 7 + " in " + (System.nanoTime() - start) / 1e9 + " s");
    assertThat(bad).isZero();
  }

  static List<String> check(Scenario s) {
    return s.violations(s.simulation(new BoltsOf(s.budget(), Set.of())).run());
  }
}
