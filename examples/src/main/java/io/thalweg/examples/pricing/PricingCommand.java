package io.thalweg.examples.pricing;

import io.thalweg.examples.runtime.CommandLines;
import io.thalweg.examples.runtime.LocalRun;
import io.thalweg.examples.runtime.PacedWriter;
import io.thalweg.examples.runtime.SqliteFile;
import io.thalweg.examples.runtime.StopSignal;
import io.thalweg.storm.ErrorText;
import java.io.PrintWriter;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Locale;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Spec;

/** Runs the pricing example: price proposals and recommendations of a simulated shop. */
@Command(
    name = "pricing",
    description = {
      "Users of a simulated shop look at products and put them into the cart, and a competitor"
          + " states prices; on Storm the demand of each product becomes price proposals within"
          + " guard rails, and the products that follow each other become recommendations, in a"
          + " SQLite database. Days are written in ten seconds unless --duration is given. Kafka"
          + " and Storm run in this process.",
      ""
    })
public final class PricingCommand implements Callable<Integer> {

  private static final Duration DURATION = Duration.ofSeconds(10);

  @Spec private CommandSpec command;

  @Mixin
  private LocalRun.Options options = new LocalRun.Options(Path.of("pricing.db"), "thalweg-pricing");

  @Option(
      names = "--products",
      paramLabel = "N",
      description = "Number of products, 8 to 10000 (default: ${DEFAULT-VALUE}).")
  private int products = 40;

  @Option(
      names = "--users",
      paramLabel = "N",
      description = "Number of users, 1 to 100000 (default: ${DEFAULT-VALUE}).")
  private int users = 300;

  @Option(
      names = "--days",
      paramLabel = "N",
      description = "Days of event time, 1 to 365, until now (default: ${DEFAULT-VALUE}).")
  private int days = 14;

  @Option(
      names = "--seed",
      paramLabel = "N",
      description = "Seed of every event (default: ${DEFAULT-VALUE}).")
  private long seed = 42;

  @Override
  public Integer call() {
    CommandLines.check(
        command, products >= 8 && products <= 10_000, "--products must be 8 to 10000: " + products);
    CommandLines.check(
        command, users >= 1 && users <= 100_000, "--users must be 1 to 100000: " + users);
    CommandLines.check(command, days >= 1 && days <= 365, "--days must be 1 to 365: " + days);
    return options.run(this::run);
  }

  int run(PrintWriter out, StopSignal stop) {
    ShopTables.prepare(options.database());
    List<ShopEvent> events =
        new ShopSimulator(products, users, days, System.currentTimeMillis(), seed).events();
    try (LocalRun run = LocalRun.open(options, PricingTopology.TOPIC, out, stop)) {
      PricingTopology.prepareTopics(run.topics(), run.createsTopics());
      PricingTopology topology = new PricingTopology(run.settings(null));
      if (!run.process("pricing", topology.build(), () -> write(run, events))) {
        return 0;
      }
      summarize(run, events.get(0).timestamp());
      return run.isDrained() ? 0 : 1;
    }
  }

  private void write(LocalRun run, List<ShopEvent> events) {
    Duration duration = options.hasDuration() ? options.duration() : DURATION;
    List<PacedWriter.Message> messages =
        events.stream()
            .map(event -> new PacedWriter.Message(event.productId(), event.toJson()))
            .toList();
    run.write(
        new PacedWriter(run.topics().bootstrapServers(), PricingTopology.TOPIC, messages, duration),
        duration,
        String.format(
            Locale.ROOT,
            "%,d events of %d products and %d users in %d days, written in %d s",
            events.size(),
            products,
            users,
            days,
            duration.toSeconds()),
        () -> {});
    run.drain(true);
  }

  private void summarize(LocalRun run, long from) {
    SqliteFile database = new SqliteFile(options.database());
    run.print("%n%,d events", run.readings());
    database.query(
        "SELECT count(*), sum(price_after > price_before), sum(guard_rail = 'step'),"
            + " sum(guard_rail = 'range') FROM proposals WHERE event_timestamp >= "
            + from,
        row ->
            run.print(
                "%,d price proposals, %,d of them higher; %,d kept by the largest step, %,d by the"
                    + " range",
                row.getLong(1), row.getLong(2), row.getLong(3), row.getLong(4)));
    database.query(
        "SELECT product_id, count(*), min(price_after / list_price), max(price_after / list_price)"
            + " FROM proposals WHERE event_timestamp >= "
            + from
            + " GROUP BY product_id ORDER BY count(*) DESC, product_id LIMIT 5",
        row ->
            run.print(
                "  %-10s %4d proposals, %3.0f to %3.0f %% of the list price",
                ErrorText.ofName(row.getString(1)),
                row.getLong(2),
                100 * row.getDouble(3),
                100 * row.getDouble(4)));
    database.query(
        "SELECT count(*), count(DISTINCT user_id) FROM recommendations WHERE event_timestamp >= "
            + from,
        row ->
            run.print(
                "%,d recommendations to %,d users, the last:", row.getLong(1), row.getLong(2)));
    database.query(
        "SELECT user_id, product_id, products FROM recommendations ORDER BY event_timestamp DESC,"
            + " id LIMIT 5",
        row ->
            run.print(
                "  %-10s has %-10s gets %s",
                ErrorText.ofName(row.getString(1)),
                ErrorText.ofName(row.getString(2)),
                ErrorText.ofName(row.getString(3))));
    run.print(
        "database: %s, tables proposals and recommendations", options.database().toAbsolutePath());
  }
}
