package io.thalweg.window;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.thalweg.Aggregates;
import io.thalweg.Snapshot;
import io.thalweg.testing.RandomCase;
import io.thalweg.testing.Recording;
import io.thalweg.testing.Sample;
import io.thalweg.testing.Script;
import io.thalweg.testing.StreamGenerator;
import io.thalweg.testing.WindowLaws;
import io.thalweg.testing.WindowOracle;
import io.thalweg.testing.WindowingConfig;
import io.thalweg.testing.WindowingConfig.Kinds;
import io.thalweg.window.WindowSpec.Calendar;
import io.thalweg.window.WindowSpec.Calendar.Unit;
import java.time.Duration;
import java.time.Instant;
import java.time.LocalDateTime;
import java.time.ZoneId;
import java.time.ZonedDateTime;
import java.time.temporal.ChronoField;
import java.time.temporal.IsoFields;
import java.util.ArrayList;
import java.util.List;
import java.util.SplittableRandom;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.ShrinkingMode;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** Days, weeks, months, quarters and years of time zones. */
class CalendarWindowsTest {

  private static final List<String> ZONES = ZoneId.getAvailableZoneIds().stream().sorted().toList();

  private static final long DAY = Duration.ofDays(1).toMillis();

  private final WindowLaws laws = new WindowLaws(WindowingConfig::operator);

  private static Window window(Unit unit, String zone, String instant) {
    long timestamp = Instant.parse(instant).toEpochMilli();
    List<Window> found = Windows.assign(new Calendar(unit, ZoneId.of(zone)), "event", timestamp);
    assertThat(found).hasSize(1);
    return found.get(0);
  }

  @ParameterizedTest
  @CsvSource({
    // 23 and 25 hours
    "DAY, Europe/Berlin, 2024-03-31T12:00:00Z, 2024-03-30T23:00:00Z, 2024-03-31T22:00:00Z",
    "DAY, Europe/Berlin, 2024-10-27T12:00:00Z, 2024-10-26T22:00:00Z, 2024-10-27T23:00:00Z",
    // the clocks skip midnight: the day starts at 01:00 local time
    "DAY, America/Sao_Paulo, 2018-11-04T03:00:00Z, 2018-11-04T03:00:00Z, 2018-11-05T02:00:00Z",
    "DAY, America/Sao_Paulo, 2018-11-04T02:59:59.999Z, 2018-11-03T03:00:00Z, 2018-11-04T03:00:00Z",
    "DAY, Asia/Beirut, 2022-03-27T10:00:00Z, 2022-03-26T22:00:00Z, 2022-03-27T21:00:00Z",
    // back from midnight to 23:00: the day before has the hour twice
    "DAY, America/Sao_Paulo, 2019-02-17T02:30:00Z, 2019-02-16T02:00:00Z, 2019-02-17T03:00:00Z",
    // back from 01:00 to midnight: the day starts with the first midnight
    "DAY, America/Havana, 2023-11-05T05:30:00Z, 2023-11-05T04:00:00Z, 2023-11-06T05:00:00Z",
    // back from 00:01 to 23:01: the repeated minutes stay in the day that has begun
    "DAY, America/St_Johns, 2010-11-07T03:00:00Z, 2010-11-07T02:30:00Z, 2010-11-08T03:30:00Z",
    // 2011-12-30 was skipped
    "DAY, Pacific/Apia, 2011-12-30T09:59:59Z, 2011-12-29T10:00:00Z, 2011-12-30T10:00:00Z",
    "DAY, Pacific/Apia, 2011-12-30T10:00:00Z, 2011-12-30T10:00:00Z, 2011-12-31T10:00:00Z",
    // half-hour and quarter-hour zones, and a change by half an hour
    "DAY, Asia/Kolkata, 2024-06-01T00:00:00Z, 2024-05-31T18:30:00Z, 2024-06-01T18:30:00Z",
    "DAY, Asia/Kathmandu, 2024-06-01T00:00:00Z, 2024-05-31T18:15:00Z, 2024-06-01T18:15:00Z",
    "DAY, Australia/Lord_Howe, 2024-04-07T00:00:00Z, 2024-04-06T13:00:00Z, 2024-04-07T13:30:00Z",
    // ISO weeks, from Monday; the week of the change has 167 hours; six days where one was skipped
    "WEEK, UTC, 1970-01-01T00:00:00Z, 1969-12-29T00:00:00Z, 1970-01-05T00:00:00Z",
    "WEEK, UTC, 2024-12-30T00:00:00Z, 2024-12-30T00:00:00Z, 2025-01-06T00:00:00Z",
    "WEEK, Europe/Berlin, 2024-03-31T21:59:59Z, 2024-03-24T23:00:00Z, 2024-03-31T22:00:00Z",
    "WEEK, Pacific/Apia, 2011-12-30T10:00:00Z, 2011-12-26T10:00:00Z, 2012-01-01T10:00:00Z",
    "MONTH, UTC, 2024-02-29T23:59:59.999Z, 2024-02-01T00:00:00Z, 2024-03-01T00:00:00Z",
    "MONTH, Europe/Berlin, 2024-03-15T00:00:00Z, 2024-02-29T23:00:00Z, 2024-03-31T22:00:00Z",
    "QUARTER, America/New_York, 2024-05-05T00:00:00Z, 2024-04-01T04:00:00Z, 2024-07-01T04:00:00Z",
    "YEAR, Europe/London, 1970-06-01T00:00:00Z, 1969-12-31T23:00:00Z, 1970-12-31T23:00:00Z",
    "YEAR, UTC, 2024-02-29T00:00:00Z, 2024-01-01T00:00:00Z, 2025-01-01T00:00:00Z",
  })
  void assign_calendar_periodOfTheZone(
      Unit unit, String zone, String instant, String start, String end) {
    Window found = window(unit, zone, instant);
    assertThat(Instant.ofEpochMilli(found.start())).isEqualTo(start);
    assertThat(Instant.ofEpochMilli(found.end())).isEqualTo(end);
  }

  @Test
  void assign_tumblingBySevenDays_startsOnThursdayInUtc() {
    Window week = Windows.assign(Windows.tumbling(Duration.ofDays(7)), "event", 0).get(0);
    assertThat(Instant.ofEpochMilli(week.start())).isEqualTo("1970-01-01T00:00:00Z");
    assertThat(ZonedDateTime.parse("1970-01-01T00:00:00Z").getDayOfWeek().name())
        .isEqualTo("THURSDAY");
  }

  @Test
  void factories_zone_nameTheUnit() {
    ZoneId zone = ZoneId.of("Asia/Tokyo");
    assertThat(
            List.of(
                Windows.days(zone),
                Windows.weeks(zone),
                Windows.months(zone),
                Windows.quarters(zone),
                Windows.years(zone)))
        .isEqualTo(
            List.of(Unit.values()).stream()
                .<WindowSpec<Object>>map(unit -> new Calendar(unit, zone))
                .toList());
    assertThatThrownBy(() -> Windows.days(null))
        .isInstanceOf(NullPointerException.class)
        .hasMessage("zone");
  }

  private static Calendar any(SplittableRandom random) {
    return new Calendar(
        Unit.values()[random.nextInt(5)], ZoneId.of(ZONES.get(random.nextInt(ZONES.size()))));
  }

  /** An instant from 1900 to 2100, near a change of the clocks in half of all cases. */
  private static long instant(SplittableRandom random, ZoneId zone) {
    long t =
        random.nextLong(
            Instant.parse("1900-01-01T00:00:00Z").toEpochMilli(),
            Instant.parse("2100-01-01T00:00:00Z").toEpochMilli());
    var change = zone.getRules().nextTransition(Instant.ofEpochMilli(t));
    return change == null || random.nextBoolean()
        ? t
        : change.getInstant().toEpochMilli() + random.nextLong(-2 * DAY, 2 * DAY);
  }

  @Property(shrinking = ShrinkingMode.OFF)
  void assign_anyZoneAndInstant_asTheOracle(@ForAll long seed) {
    SplittableRandom random = new SplittableRandom(seed);
    Calendar calendar = any(random);
    WindowCursor cursor = WindowCursor.of(calendar);
    for (int i = 0; i < 20; i++) {
      long t = instant(random, calendar.zone());
      WindowOracle.Bounds expected = WindowOracle.assign(calendar, "event", t).get(0);
      assertThat(cursor.moveToFirst(t)).isTrue();
      assertThat(new WindowOracle.Bounds(cursor.start, cursor.end))
          .as("seed %dL, %s at %s", seed, calendar, Instant.ofEpochMilli(t))
          .isEqualTo(expected);
      assertThat(cursor.edgeUpTo(t)).isEqualTo(expected.start());
      assertThat(cursor.edgeAfter(t)).isEqualTo(expected.end());
      assertThat(cursor.moveToIfExists(expected.start(), expected.end())).isTrue();
      assertThat(cursor.moveToIfExists(expected.start(), expected.end() + 1)).isFalse();
      assertThat(cursor.countTo(expected.start(), expected.end())).isOne();
    }
  }

  /** A period starts at the first instant at which the clocks show its first midnight or later. */
  @Property(shrinking = ShrinkingMode.OFF)
  void start_anyZone_isTheFirstInstantFromMidnightOn(@ForAll long seed) {
    SplittableRandom random = new SplittableRandom(seed);
    Calendar calendar = any(random);
    WindowCursor cursor = WindowCursor.of(calendar);
    cursor.moveToEndAfter(instant(random, calendar.zone()));
    for (int i = 0; i < 10; i++) {
      long start = cursor.start;
      LocalDateTime shown = local(start, calendar.zone());
      LocalDateTime midnight = shown.toLocalDate().atStartOfDay();
      String about = "seed %dL, %s, start %s".formatted(seed, calendar, shown);
      for (long before = 1; before < 2 * DAY; before += random.nextLong(DAY / 12)) {
        assertThat(local(start - before, calendar.zone())).as(about).isBefore(midnight);
      }
      switch (calendar.unit()) {
        case DAY -> {}
        case WEEK -> assertThat(shown.get(ChronoField.DAY_OF_WEEK)).as(about).isOne();
        case MONTH -> assertThat(shown.get(ChronoField.DAY_OF_MONTH)).as(about).isOne();
        case QUARTER -> assertThat(shown.get(IsoFields.DAY_OF_QUARTER)).as(about).isOne();
        case YEAR -> assertThat(shown.get(ChronoField.DAY_OF_YEAR)).as(about).isOne();
      }
      long end = cursor.end;
      assertThat(cursor.moveToNext()).isTrue();
      assertThat(cursor.start).as(about).isEqualTo(end);
      assertThat(cursor.end).as(about).isGreaterThan(end);
    }
  }

  private static LocalDateTime local(long instant, ZoneId zone) {
    return LocalDateTime.ofInstant(Instant.ofEpochMilli(instant), zone);
  }

  @Property(tries = 200, shrinking = ShrinkingMode.OFF)
  void cursor_endsOfTime_clampsAndNeverWraps(@ForAll long seed) {
    SplittableRandom random = new SplittableRandom(seed);
    WindowCursor cursor = WindowCursor.of(any(random));
    long low = Long.MIN_VALUE + random.nextLong(400 * DAY);
    long high = Long.MAX_VALUE - 1 - random.nextLong(400 * DAY);
    for (long t : new long[] {low, high, random.nextLong(low, high), Long.MIN_VALUE}) {
      assertThat(cursor.moveToEndAfter(t)).isTrue();
      assertThat(cursor.start).isLessThanOrEqualTo(t);
      assertThat(cursor.end).isGreaterThan(t);
      assertThat(cursor.end - cursor.start).isBetween(1L, 367 * DAY);
    }
    cursor.moveToEndAfter(Long.MAX_VALUE - 1);
    assertThat(cursor.end).isEqualTo(Long.MAX_VALUE);
    assertThat(cursor.moveToNext()).isFalse();
    assertThat(cursor.moveToEndAfter(Long.MAX_VALUE)).isFalse();
  }

  /**
   * One to three calendar queries, alone or with windows of other kinds, on a disordered stream.
   */
  private static RandomCase randomCase(long seed) {
    SplittableRandom random = new SplittableRandom(seed);
    List<WindowSpec<? super Sample>> windows = new ArrayList<>();
    Calendar first = any(random);
    windows.add(first);
    while (random.nextInt(3) > 0) {
      windows.add(
          switch (random.nextInt(6)) {
            case 0 -> new WindowSpec.Sliding(DAY, DAY / 4, random.nextLong(DAY));
            case 1 -> new WindowSpec.Cumulative(7 * DAY, DAY, random.nextLong(DAY));
            case 2 -> new WindowSpec.Session(random.nextLong(1, DAY));
            case 3 -> new Calendar(Unit.values()[random.nextInt(5)], first.zone());
            default -> any(random);
          });
    }
    long unit = random.nextBoolean() ? DAY : random.nextLong(1, 40 * DAY);
    StreamGenerator stream =
        new StreamGenerator(
            instant(random, first.zone()), unit, 3, StreamGenerator.Values.INTEGERS);
    Script script = stream.script(random, 10 + random.nextInt(80));
    return RandomCase.of(seed, Kinds.EVENT_TIME)
        .with(config -> config.with(windows).with(random.nextLong(3 * unit)))
        .withScript(any -> script);
  }

  @Property(shrinking = ShrinkingMode.OFF)
  void law9_calendarQueries_asTheOracle(@ForAll long seed) {
    laws.law9(randomCase(seed));
  }

  @Property(shrinking = ShrinkingMode.OFF, tries = 300)
  void law2_savedAtAnyMoment_continuesBitForBit(@ForAll long seed) {
    laws.law2(randomCase(seed));
  }

  @Property(shrinking = ShrinkingMode.OFF, tries = 300)
  void law1_permuted_sameResults(@ForAll long seed) {
    laws.law1(randomCase(seed));
  }

  @Property(shrinking = ShrinkingMode.OFF, tries = 300)
  void law4_severalQueries_asSeparateOperators(@ForAll long seed) {
    laws.law4(randomCase(seed));
  }

  @Test
  void restore_anotherZone_isRefused() {
    WindowedAggregator<String, Object, Long> berlin =
        WindowedAggregator.of(Aggregates.count(), Windows.days(ZoneId.of("Europe/Berlin"))).build();
    berlin.process("a", "event", 0, new Recording<>());
    Snapshot<String> saved = new Snapshot<>();
    berlin.save(saved);
    WindowedAggregator<String, Object, Long> tokyo =
        WindowedAggregator.of(Aggregates.count(), Windows.days(ZoneId.of("Asia/Tokyo"))).build();
    assertThatThrownBy(() -> tokyo.restore(saved))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessageContaining("saved day in Europe/Berlin, now day in Asia/Tokyo");
  }
}
