package io.thalweg.storm;

import java.util.HashMap;
import java.util.HashSet;
import java.util.Map;
import java.util.Set;

/**
 * Failures of the processor and of the mapping of a task. It remembers the records for which the
 * processor threw until their dead letters are committed, and outlives the restarts of the task.
 */
final class Failures {

  private final FailurePolicy policy;
  private final Map<String, String> reasons = new HashMap<>();
  private final Set<String> rejected = new HashSet<>();
  private int consecutiveRecords;
  private int consecutiveResults;

  /** Record that failed last, while the task processes again what it had processed before it. */
  private String lastFailed;

  /** True until the replay has reached {@link #lastFailed}; everything after it is new. */
  private boolean replaying;

  Failures(FailurePolicy policy) {
    this.policy = policy;
  }

  /**
   * Adds a record for which the processor threw.
   *
   * @throws ProcessingException the failure, if the policy does not permit it
   */
  void add(ProcessingException failure) {
    // A processor may throw because the mapping did so for one of its results.
    if (!policy.permits(consecutiveResults) || !policy.permits(++consecutiveRecords)) {
      throw failure;
    }
    lastFailed = failure.sourceId();
    replaying = true;
    reasons.put(lastFailed, "processor must not throw: " + ErrorText.of(failure.getCause()));
  }

  /**
   * Adds a result for which the mapping threw.
   *
   * @throws IllegalStateException the failure, if the policy does not permit it
   */
  void addResult(IllegalStateException failure) {
    if (!replaying && !policy.permits(++consecutiveResults)) {
      throw failure;
    }
  }

  /** Returns the reason for which a record is rejected; null if it is not. */
  String reasonToReject(SourceRecord record) {
    if (reasons.isEmpty()) {
      return null; // asked for every record
    }
    String id = record.id();
    String reason = reasons.get(id);
    if (reason != null) {
      rejected.add(id);
    }
    if (id.equals(lastFailed)) {
      onRecovered();
    }
    return reason;
  }

  /** Ends the row of failed records, unless this one was processed before. */
  void onProcessed() {
    if (!replaying) {
      consecutiveRecords = 0;
    }
  }

  /** Ends the row of failed results. */
  void onMapped() {
    if (!replaying) {
      consecutiveResults = 0;
    }
  }

  /** Ends a replay: the records from now on were not processed before. */
  void onRecovered() {
    lastFailed = null;
    replaying = false;
  }

  /** Forgets the records whose rejection is durable. */
  void onCommitted() {
    reasons.keySet().removeAll(rejected);
    rejected.clear();
  }
}
