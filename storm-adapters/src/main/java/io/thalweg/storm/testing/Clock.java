package io.thalweg.storm.testing;

import java.util.PriorityQueue;
import org.apache.storm.utils.Time;

/** Simulated clock that runs actions at their times; actions of one time in order of scheduling. */
final class Clock {

  private record Event(long at, long number, Runnable action) implements Comparable<Event> {
    @Override
    public int compareTo(Event other) {
      int byTime = Long.compare(at, other.at);
      return byTime != 0 ? byTime : Long.compare(number, other.number);
    }
  }

  private final PriorityQueue<Event> events = new PriorityQueue<>();
  private long now;
  private long number;
  private boolean stopped;

  long now() {
    return now;
  }

  void after(long millis, Runnable action) {
    events.add(new Event(now + millis, number++, action));
  }

  void at(long time, Runnable action) {
    events.add(new Event(Math.max(now, time), number++, action));
  }

  void stop() {
    stopped = true;
  }

  /**
   * Runs all actions up to a time. An action may call this method itself, to let time pass for the
   * others while it waits.
   */
  void runUntil(long end) {
    while (!stopped && !events.isEmpty() && events.peek().at <= end) {
      Event event = events.poll();
      advanceTo(event.at);
      event.action.run();
    }
    advanceTo(end);
  }

  private void advanceTo(long time) {
    if (time > now && !stopped) {
      Time.advanceTime(time - now);
      now = time;
    }
  }
}
