package io.thalweg.storm;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assumptions.assumeThat;

import io.thalweg.ProcessorFactory;
import io.thalweg.storm.jdbc.JdbcSink;
import io.thalweg.storm.jdbc.JdbcStateStore;
import io.thalweg.storm.kafka.Readings;
import java.net.URL;
import java.net.URLClassLoader;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Map;
import java.util.Properties;
import org.apache.storm.Config;
import org.apache.storm.generated.StormTopology;
import org.apache.storm.topology.IRichBolt;
import org.apache.storm.topology.IRichSpout;
import org.apache.storm.utils.Utils;
import org.junit.jupiter.api.Test;

/**
 * Topology defined in YAML and built by Storm's Flux. The build copies the jar of Flux to {@code
 * target/flux}: it cannot be a dependency, since Storm does not publish the parent POM of Flux.
 */
class FluxTest {

  private static final Path FLUX = Path.of("target", "flux", "flux-core.jar");

  /** Parts of the topology that are functions; each method is named in the YAML file. */
  public static final class Parts {

    private Parts() {}

    public static ProcessorFactory<String, Long, Long> processors() {
      return Readings::sums;
    }

    public static Decoder<Long> decoder() {
      return Readings::decode;
    }

    public static TupleMapping<Long> mapping() {
      return TupleMapping.<Long>columns().with("sum", sum -> sum);
    }

    public static IRichSpout spout() {
      return Readings.source().lowWatermarkSpout();
    }
  }

  @Test
  void topology_fromYaml_hasAllOptions() throws Exception {
    StormTopology topology = build("/flux.yaml");

    ProcessorBolt<?, ?, ?> bolt = (ProcessorBolt<?, ?, ?>) bolt(topology, "sums");
    assertThat(bolt.store)
        .isInstanceOf(JdbcStateStore.class)
        .extracting("url", "tablePrefix")
        .containsExactly("jdbc:sqlite:/var/lib/sums/state.db", "sums_");
    assertThat(bolt.guarantee).isEqualTo(Guarantee.EFFECTIVELY_ONCE);
    assertThat(bolt.emission).isEqualTo(Emission.AT_ONCE);
    assertThat(bolt.commitIntervalMillis).isEqualTo(500);
    assertThat(bolt.maxPendingBytes).isEqualTo(1 << 20);
    assertThat(bolt.earlyIntervalMillis).isEqualTo(10_000);
    assertThat(bolt.disorderMillis).isEqualTo(500);
    assertThat(bolt.idleTimeoutMillis).isEqualTo(10_000);
    assertThat(bolt.ledgerSize).isEqualTo(1_000);
    assertThat(topology.get_bolts().get("sums").get_common().get_inputs()).hasSize(2);
    assertThat(bolt(topology, "rows"))
        .isInstanceOf(JdbcSink.class)
        .extracting("url", "table", "columns", "batchSize")
        .containsExactly(
            "jdbc:sqlite:/var/lib/sums/rows.db", "sums", Map.of("name", "key", "total", "sum"), 50);
  }

  private static IRichBolt bolt(StormTopology topology, String id) {
    return Utils.javaDeserialize(
        topology.get_bolts().get(id).get_bolt_object().get_serialized_java(), IRichBolt.class);
  }

  private static StormTopology build(String resource) throws Exception {
    assumeThat(Files.exists(FLUX)).as("%s must be copied by the build", FLUX).isTrue();
    URL[] jars = {FLUX.toUri().toURL()};
    try (URLClassLoader flux = new URLClassLoader(jars, FluxTest.class.getClassLoader())) {
      Object definition =
          flux.loadClass("org.apache.storm.flux.parser.FluxParser")
              .getMethod(
                  "parseResource",
                  String.class,
                  boolean.class,
                  boolean.class,
                  Properties.class,
                  boolean.class)
              .invoke(null, resource, false, true, null, false);
      Class<?> context = flux.loadClass("org.apache.storm.flux.model.ExecutionContext");
      return (StormTopology)
          flux.loadClass("org.apache.storm.flux.FluxBuilder")
              .getMethod("buildTopology", context)
              .invoke(
                  null,
                  context
                      .getConstructor(definition.getClass(), Config.class)
                      .newInstance(definition, new Config()));
    }
  }
}
