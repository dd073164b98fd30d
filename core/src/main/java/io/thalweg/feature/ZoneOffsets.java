package io.thalweg.feature;

import java.time.Instant;
import java.time.ZoneId;
import java.time.zone.ZoneOffsetTransition;
import java.time.zone.ZoneRules;

/**
 * Hours and weekdays in a time zone. The offset of the last time is kept with the interval in which
 * it holds, so times that follow each other allocate nothing.
 */
final class ZoneOffsets {

  private static final long HOUR = 3_600_000;
  private static final long DAY = 24 * HOUR;

  private final ZoneRules rules;
  private long from = 1;
  private long until;
  private long offset;

  private ZoneOffsets(ZoneRules rules) {
    this.rules = rules;
  }

  static ZoneOffsets of(ZoneId zone) {
    return new ZoneOffsets(zone.getRules());
  }

  /** Returns the hour of the day, from 0 to 23. */
  int hour(long time) {
    return (int) (Math.floorMod(local(time), DAY) / HOUR);
  }

  /** Returns the day of the week, from 1 for Monday to 7. */
  int weekday(long time) {
    return (int) Math.floorMod(Math.floorDiv(local(time), DAY) + 3, 7L) + 1;
  }

  private long local(long time) {
    if (time < from || time >= until) {
      Instant instant = Instant.ofEpochMilli(time);
      offset = rules.getOffset(instant).getTotalSeconds() * 1000L;
      // The transition before the next instant is the last one up to this instant.
      ZoneOffsetTransition before = rules.previousTransition(instant.plusNanos(1));
      ZoneOffsetTransition next = rules.nextTransition(instant);
      from = before == null ? Long.MIN_VALUE : before.toEpochSecond() * 1000;
      until = next == null ? Long.MAX_VALUE : next.toEpochSecond() * 1000;
    }
    // Timestamps within a day of the ends of long are clamped.
    return Math.min(Math.max(time, Long.MIN_VALUE + DAY), Long.MAX_VALUE - DAY) + offset;
  }
}
