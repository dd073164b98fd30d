package io.thalweg.examples.pricing;

import io.thalweg.Processor;
import io.thalweg.examples.readings.DeadLetters;
import io.thalweg.examples.runtime.EndOfRun;
import io.thalweg.examples.runtime.KafkaTopics;
import io.thalweg.examples.runtime.RunSettings;
import io.thalweg.feature.FeatureRow;
import io.thalweg.storm.ProcessorBolt;
import io.thalweg.storm.Streams;
import io.thalweg.storm.TupleFields;
import io.thalweg.storm.TupleMapping;
import io.thalweg.storm.kafka.Header;
import io.thalweg.storm.kafka.KafkaSources;
import io.thalweg.storm.kafka.LowWatermarkKafkaSpout;
import java.time.Duration;
import java.util.List;
import org.apache.storm.topology.TopologyBuilder;
import org.apache.storm.tuple.Fields;

/**
 * Topology that reads the events of a shop from Kafka, and writes price proposals and
 * recommendations to a database:
 *
 * <pre>
 * shop_events ─▶ events ─┬─▶ product ─▶ prices ─▶ proposal-table ─▶ SQLite, table proposals
 *                        └─▶ by-user ─▶ user ─▶ companions ─▶ recommendation-table ─▶ SQLite
 * </pre>
 *
 * <p>Dead letters of all go to {@code shop_events_dlq}. The events of Kafka have products as keys,
 * and {@code by-user} gives them users.
 *
 * @param at the settings of the run
 */
record PricingTopology(RunSettings at) {

  static final String TOPIC = "shop_events";
  static final String DEAD_LETTERS = "shop_events_dlq";

  static final String EVENTS = "events";
  static final String PRODUCT = "product";
  static final String PRICES = "prices";
  static final String BY_USER = "by-user";
  static final String USER = "user";
  static final String COMPANIONS = "companions";

  private static final int PARTITIONS = 4;
  private static final Duration DISORDER = Duration.ofSeconds(1);

  /**
   * Builds the topology.
   *
   * @return a builder
   */
  TopologyBuilder build() {
    TopologyBuilder topology = new TopologyBuilder();
    topology.setSpout(EVENTS, spout());
    price(topology);
    recommend(topology);
    topology
        .setBolt("end", new EndOfRun.EndDetector(at.run()))
        .allGrouping(PRICES, Streams.WATERMARK)
        .allGrouping(COMPANIONS, Streams.WATERMARK);
    topology
        .setBolt("proposal-table", ShopTables.proposals(at.database(), at.run()))
        .globalGrouping(PRICES)
        .allGrouping(PRICES, Streams.WATERMARK);
    topology
        .setBolt("recommendation-table", ShopTables.recommendations(at.database()))
        .globalGrouping(COMPANIONS)
        .allGrouping(COMPANIONS, Streams.WATERMARK);
    var deadLetters =
        topology.setBolt("dead-letter-topic", at.toKafka(DEAD_LETTERS, new DeadLetters()));
    for (String source : List.of(EVENTS, PRODUCT, PRICES, BY_USER, USER, COMPANIONS)) {
      deadLetters.shuffleGrouping(source, Streams.DEAD_LETTER);
    }
    return topology;
  }

  private void price(TopologyBuilder topology) {
    // region price
    topology
        .setBolt(
            PRODUCT,
            new ProcessorBolt<String, ShopEvent, FeatureRow<ShopEvent>>(
                    () -> ShopFeatures.PRODUCT.operator(),
                    ShopEvent::parse,
                    TupleMapping.<FeatureRow<ShopEvent>>columns()
                        .with(TupleFields.VALUE, ShopFeatures::encodeProduct))
                .withStateStore(at.store()))
        .fieldsGrouping(EVENTS, new Fields(TupleFields.KEY))
        .allGrouping(EVENTS, Streams.WATERMARK);
    topology
        .setBolt(
            PRICES,
            new ProcessorBolt<String, FeatureRow<ShopEvent>, PriceProposal>(
                    PriceProposals::create,
                    ShopFeatures::decodeProduct,
                    ShopTables.proposalMapping())
                .withStateStore(at.store()))
        .fieldsGrouping(PRODUCT, new Fields(TupleFields.KEY))
        .allGrouping(PRODUCT, Streams.WATERMARK);
    // endregion
  }

  private void recommend(TopologyBuilder topology) {
    // region recommend
    topology
        .setBolt(
            BY_USER,
            new ProcessorBolt<String, ShopEvent, ShopEvent>(
                    PricingTopology::byUser,
                    ShopEvent::parse,
                    TupleMapping.<ShopEvent>columns().with(TupleFields.VALUE, ShopEvent::toJson))
                .withStateStore(at.store()))
        .fieldsGrouping(EVENTS, new Fields(TupleFields.KEY))
        .allGrouping(EVENTS, Streams.WATERMARK);
    topology
        .setBolt(
            USER,
            new ProcessorBolt<String, ShopEvent, CompanionInput>(
                    CompanionInputs::new,
                    ShopEvent::parse,
                    TupleMapping.<CompanionInput>columns()
                        .with(TupleFields.VALUE, input -> CompanionInput.CODEC.encode(input)))
                .withStateStore(at.store()))
        .fieldsGrouping(BY_USER, new Fields(TupleFields.KEY))
        .allGrouping(BY_USER, Streams.WATERMARK);
    topology
        .setBolt(
            COMPANIONS,
            new ProcessorBolt<String, CompanionInput, Recommendation>(
                    Companions::create,
                    bytes -> CompanionInput.CODEC.decode(bytes),
                    ShopTables.recommendationMapping())
                .withStateStore(at.store()))
        .fieldsGrouping(USER, new Fields(TupleFields.KEY))
        .allGrouping(USER, Streams.WATERMARK);
    // endregion
  }

  private static Processor<String, ShopEvent, ShopEvent> byUser() {
    return Processor.stateless(
        (product, event, time, out) -> {
          if (event.isCart() || event.isView()) {
            out.emit(event.userId(), event);
          }
        });
  }

  private LowWatermarkKafkaSpout spout() {
    return KafkaSources.bytes(at.bootstrapServers(), TOPIC)
        .withGroupId(at.groupId())
        .withHeader(
            record -> {
              ShopEvent event = ShopEvent.parse(record.value());
              return new Header(event.productId(), event.timestamp());
            })
        .withCommitPeriod(Duration.ofMillis(500))
        .withDisorder(DISORDER)
        .withEnd(EndOfRun.announcement(at.run()))
        .lowWatermarkSpout();
  }

  /**
   * Creates the topics, or checks that they exist.
   *
   * @param topics the topics of the brokers
   * @param create whether to create missing topics
   */
  static void prepareTopics(KafkaTopics topics, boolean create) {
    if (create) {
      topics.create(TOPIC, PARTITIONS);
      topics.create(DEAD_LETTERS, 1);
    }
    topics.require(List.of(TOPIC, DEAD_LETTERS));
  }
}
