package io.thalweg.examples.pricing;

import static org.assertj.core.api.Assertions.assertThat;

import io.thalweg.examples.runtime.CommandLines;
import io.thalweg.examples.runtime.EmbeddedKafka;
import io.thalweg.examples.runtime.SqliteFile;
import io.thalweg.examples.storm.ReadingProducer;
import java.io.PrintWriter;
import java.io.StringWriter;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Complete run of the command with a broker, a cluster and a database. */
class PricingTopologyTest {

  private static List<String> sorted(List<String> lines) {
    return lines.stream().sorted().toList();
  }

  @Test
  void call_embeddedStorm_writesTheResultsOfTheTopic(@TempDir Path folder) {
    Path database = folder.resolve("pricing.db");
    StringWriter out = new StringWriter();
    try (EmbeddedKafka kafka = EmbeddedKafka.start()) {
      int code =
          CommandLines.of(new PricingCommand())
              .setOut(new PrintWriter(out))
              .execute(
                  "--bootstrap-servers=" + kafka.bootstrapServers(),
                  "--create-topics",
                  "--database=" + database,
                  "--duration=3s",
                  "--products=12",
                  "--users=20",
                  "--days=4");
      assertThat(code).as("%s", out).isZero();
      List<ShopEvent> events =
          ReadingProducer.read(kafka.bootstrapServers(), PricingTopology.TOPIC).stream()
              .map(record -> ShopEvent.parse(record.value()))
              .sorted(Comparator.comparingLong(ShopEvent::timestamp))
              .toList();
      List<String> proposals = new ArrayList<>();
      new SqliteFile(database)
          .query(
              "SELECT * FROM proposals",
              row ->
                  proposals.add(
                      NaiveShop.text(
                          row.getString("product_id"),
                          row.getLong("event_timestamp"),
                          row.getDouble("price_before"),
                          row.getDouble("price_after"),
                          row.getDouble("velocity"))));
      assertThat(sorted(proposals))
          .as("%s", out)
          .isEqualTo(sorted(NaiveShop.proposals(events)))
          .isNotEmpty();
      List<String> recommendations = new ArrayList<>();
      new SqliteFile(database)
          .query(
              "SELECT * FROM recommendations",
              row ->
                  recommendations.add(
                      row.getLong("event_timestamp")
                          + " "
                          + row.getString("user_id")
                          + " "
                          + row.getString("product_id")
                          + " "
                          + List.of(row.getString("products").split(" "))));
      assertThat(sorted(recommendations))
          .as("%s", out)
          .isEqualTo(sorted(NaiveShop.recommendations(events)))
          .isNotEmpty();
    }
    assertThat(out.toString()).contains("price proposals, ").contains("recommendations to ");
  }
}
