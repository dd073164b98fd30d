package io.thalweg.storm.kafka;

import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.apache.kafka.clients.consumer.Consumer;
import org.apache.kafka.common.PartitionInfo;
import org.apache.kafka.common.TopicPartition;
import org.apache.kafka.common.errors.TimeoutException;
import org.apache.storm.kafka.spout.subscription.ManualPartitioner;
import org.apache.storm.kafka.spout.subscription.TopicFilter;
import org.apache.storm.task.TopologyContext;

/**
 * Assignment of partitions to the tasks of a spout.
 *
 * <p>A partition belongs to task {@code (partition + index of its topic) mod tasks}, so that it
 * stays with its task when partitions are added.
 */
final class PartitionAssignment implements TopicFilter, ManualPartitioner {

  private static final long serialVersionUID = 1;

  private final ArrayList<String> topics;
  private transient Map<String, Set<TopicPartition>> partitions;
  private transient Consumer<?, ?> consumer;
  private transient TopicPartition excluded;

  PartitionAssignment(List<String> topics) {
    this.topics = new ArrayList<>(topics);
  }

  /** Returns the consumer of the spout; null before the first assignment. */
  Consumer<?, ?> consumer() {
    return consumer;
  }

  /** Excludes a partition from the next assignments; null for none. */
  void exclude(TopicPartition partition) {
    excluded = partition;
  }

  @Override
  public Set<TopicPartition> getAllSubscribedPartitions(Consumer<?, ?> consumer) {
    this.consumer = consumer;
    if (partitions == null) {
      partitions = new HashMap<>();
    }
    Set<TopicPartition> all = new HashSet<>();
    for (String topic : topics) {
      Set<TopicPartition> known = partitions.computeIfAbsent(topic, name -> new HashSet<>());
      partitionsOf(topic, known.isEmpty())
          .forEach(found -> known.add(new TopicPartition(topic, found.partition())));
      all.addAll(known);
    }
    return all;
  }

  /**
   * Returns the partitions that the consumer knows. Only the first call waits for Kafka. Later, a
   * partition that is missing stays assigned: a broker that has just started knows no topic, a
   * consumer without brokers has no metadata, and a deleted topic is detected by its id.
   */
  private List<PartitionInfo> partitionsOf(String topic, boolean first) {
    if (first) {
      return consumer.partitionsFor(topic);
    }
    try {
      return consumer.partitionsFor(topic, Duration.ZERO);
    } catch (TimeoutException e) {
      return List.of();
    }
  }

  @Override
  public String getTopicsString() {
    return String.join(",", topics);
  }

  @Override
  public Set<TopicPartition> getPartitionsForThisTask(
      List<TopicPartition> all, TopologyContext context) {
    int tasks = context.getComponentTasks(context.getThisComponentId()).size();
    Set<TopicPartition> assigned = new HashSet<>();
    for (TopicPartition partition : all) {
      int index = topics.indexOf(partition.topic()) + partition.partition();
      if (index % tasks == context.getThisTaskIndex() && !partition.equals(excluded)) {
        assigned.add(partition);
      }
    }
    return assigned;
  }
}
