package io.thalweg.feature;

import static java.util.Objects.requireNonNull;

import io.thalweg.Milliseconds;
import java.time.Duration;
import java.time.ZoneId;
import java.util.function.DoubleBinaryOperator;
import java.util.function.Function;
import java.util.function.Predicate;
import java.util.function.ToDoubleFunction;

/**
 * Definition of a feature, begun by {@link FeatureSet.Builder#feature}: the events that it counts,
 * then a window with a statistic, or a property of the event itself or of the last one. The last
 * step adds the feature and returns the builder of the set.
 *
 * <p>Features with the same window, the same predicate and the same field share their state; the
 * same means one object, so a predicate or field that is used several times should be a constant.
 *
 * <p>Predicates and fields are pure functions. A field is read only from events that the predicate
 * accepts, except as documented.
 *
 * @param <E> the events
 */
public final class FeatureDefinition<E> {

  private static final WindowSpan ALL = new WindowSpan(WindowSpan.Kind.ALL, 0, 0);

  private final FeatureSet.Builder<E> set;
  private final String name;
  private Predicate<? super E> where;
  private boolean including;

  FeatureDefinition(FeatureSet.Builder<E> set, String name) {
    this.set = set;
    this.name = name;
  }

  /**
   * Counts only some of the events.
   *
   * @param events accepts an event that counts; an exception rejects the event
   * @return this definition
   * @throws IllegalStateException if it was called before
   */
  public FeatureDefinition<E> where(Predicate<? super E> events) {
    if (where != null) {
      throw new IllegalStateException(
          "where must be set once; join the conditions by and: " + name);
    }
    where = requireNonNull(events, "events");
    return this;
  }

  /**
   * Counts the event itself with the earlier ones, if the predicate accepts it.
   *
   * @return this definition
   */
  public FeatureDefinition<E> including() {
    including = true;
    return this;
  }

  /**
   * Counts the events of a time before the event: those with {@code t - size < timestamp <= t},
   * exact to the millisecond.
   *
   * @param size the length in whole milliseconds, positive
   * @return the window
   * @throws IllegalArgumentException if it is not positive or no whole number of milliseconds
   */
  public FeatureWindow<E> last(Duration size) {
    return window(WindowSpan.Kind.LAST, Milliseconds.positive("size", size));
  }

  /**
   * Counts the last events in the order of arrival.
   *
   * @param n the number of events, positive
   * @return the window
   * @throws IllegalArgumentException if it is not positive
   */
  public FeatureWindow<E> last(int n) {
    if (n <= 0) {
      throw new IllegalArgumentException("n must be positive: " + n);
    }
    return window(WindowSpan.Kind.COUNT, n);
  }

  /**
   * Counts the events of the current window up to the event. Windows begin at multiples of their
   * length since the epoch.
   *
   * @param size the length in whole milliseconds, positive
   * @return the window
   * @throws IllegalArgumentException if it is not positive or no whole number of milliseconds
   */
  public FeatureWindow<E> tumbling(Duration size) {
    return window(WindowSpan.Kind.TUMBLING, Milliseconds.positive("size", size));
  }

  /**
   * Counts all events with a weight of {@code 2^-(age / halfLife)}.
   *
   * @param halfLife the age at which an event counts half, in whole milliseconds, positive
   * @return the window
   * @throws IllegalArgumentException if it is not positive or no whole number of milliseconds
   */
  public FeatureWindow<E> decayed(Duration halfLife) {
    return window(WindowSpan.Kind.DECAYED, Milliseconds.positive("halfLife", halfLife));
  }

  /**
   * Counts all events of the key.
   *
   * @return the window
   */
  public FeatureWindow<E> allTime() {
    return new FeatureWindow<>(set, name, where, including, ALL);
  }

  private FeatureWindow<E> window(WindowSpan.Kind kind, long size) {
    return new FeatureWindow<>(set, name, where, including, new WindowSpan(kind, size, 0));
  }

  /**
   * Adds a number of the event itself. It is absent if the predicate does not accept the event.
   *
   * @param field reads the number from an event to be answered; NaN if it is absent
   * @return the builder of the set
   */
  public FeatureSet.Builder<E> value(ToDoubleFunction<? super E> field) {
    requireNonNull(field, "field");
    return add(
        FeatureType.NUMBER,
        "value",
        plan -> {
          EventValues<E> values = plan.values();
          int accepted = values.where(where);
          int number = values.number(name, field, EventValues.asked(accepted));
          return (states, at, row) -> at.isAccepted(accepted) ? at.number(number) : Double.NaN;
        });
  }

  /**
   * Adds a text of the event itself. It is absent if the predicate does not accept the event.
   *
   * @param field reads the text from an event to be answered; null if it is absent
   * @return the builder of the set
   */
  public FeatureSet.Builder<E> text(Function<? super E, String> field) {
    requireNonNull(field, "field");
    return add(
        FeatureType.TEXT,
        "text",
        plan -> {
          EventValues<E> values = plan.values();
          int accepted = values.where(where);
          int text = values.text(name, field, EventValues.asked(accepted));
          return text((states, at) -> at.isAccepted(accepted) ? at.text(text) : null);
        });
  }

  /**
   * Adds the time since the last event, in seconds. It is absent for the first one.
   *
   * @return the builder of the set
   */
  public FeatureSet.Builder<E> sinceLast() {
    refuseIncluding("sinceLast");
    return add(
        FeatureType.NUMBER,
        "since last",
        FeatureSpec.UNBOUNDED,
        plan -> {
          FeaturePlan.Slot last = last(plan, Statistic.Kind.LAST_TIME, -1, -1);
          return (states, at, row) -> ((LastEvent) last.result(states, at)).seconds(at);
        });
  }

  /**
   * Adds the latest value of a field. With {@link #where} this is the latest value of another
   * stream: an as-of join. An event whose field is NaN leaves the value as it is.
   *
   * @param field reads the number
   * @return the builder of the set
   */
  public FeatureSet.Builder<E> latest(ToDoubleFunction<? super E> field) {
    return latest(field, "latest", FeatureSpec.UNBOUNDED);
  }

  /**
   * Adds the latest value of a field, if it is recent: {@code t - validity < timestamp}.
   *
   * @param field reads the number; NaN leaves the value as it is
   * @param validity the age at which a value becomes absent, in whole milliseconds, positive
   * @return the builder of the set
   * @throws IllegalArgumentException if the validity is not positive or no whole number of
   *     milliseconds
   */
  public FeatureSet.Builder<E> latest(ToDoubleFunction<? super E> field, Duration validity) {
    long millis = Milliseconds.positive("validity", validity);
    return latest(field, "latest, valid " + millis + " ms", millis);
  }

  private FeatureSet.Builder<E> latest(
      ToDoubleFunction<? super E> field, String description, long validity) {
    requireNonNull(field, "field");
    return add(
        FeatureType.NUMBER,
        description,
        validity,
        plan -> {
          int number = plan.values().number(name, field, plan.values().where(where));
          FeaturePlan.Slot slot = last(plan, Statistic.Kind.LAST_NUMBER, number, -1);
          return (states, at, row) -> {
            LastEvent last = (LastEvent) slot.result(states, at);
            return validity == FeatureSpec.UNBOUNDED || last.isValid(at, validity)
                ? last.number()
                : Double.NaN;
          };
        });
  }

  /**
   * Adds the latest value of a field of texts. An event whose field is null leaves it as it is.
   *
   * @param field reads the text
   * @return the builder of the set
   */
  public FeatureSet.Builder<E> latestText(Function<? super E, String> field) {
    requireNonNull(field, "field");
    return add(
        FeatureType.TEXT,
        "latest text",
        FeatureSpec.UNBOUNDED,
        plan -> {
          int text = plan.values().text(name, field, plan.values().where(where));
          FeaturePlan.Slot slot = last(plan, Statistic.Kind.LAST_TEXT, text, -1);
          return text((states, at) -> ((LastEvent) slot.result(states, at)).text());
        });
  }

  /**
   * Adds the distance to the last position in kilometres, on a sphere with a radius of 6371.0088 km
   * by the haversine formula. It is absent for the first position, and if the event has none.
   *
   * @param latitude reads the latitude in degrees, from -90 to 90; NaN if there is none
   * @param longitude reads the longitude in degrees; NaN if there is none
   * @return the builder of the set
   */
  public FeatureSet.Builder<E> distance(
      ToDoubleFunction<? super E> latitude, ToDoubleFunction<? super E> longitude) {
    return movement("distance", latitude, longitude, (kilometres, seconds) -> kilometres);
  }

  /**
   * Adds the speed from the last position in kilometres an hour: the distance by the time. It is
   * absent where the distance is, and if no time has passed.
   *
   * @param latitude reads the latitude in degrees, from -90 to 90; NaN if there is none
   * @param longitude reads the longitude in degrees; NaN if there is none
   * @return the builder of the set
   */
  public FeatureSet.Builder<E> speed(
      ToDoubleFunction<? super E> latitude, ToDoubleFunction<? super E> longitude) {
    return movement(
        "speed",
        latitude,
        longitude,
        (kilometres, seconds) -> seconds > 0 ? kilometres / seconds * 3600 : Double.NaN);
  }

  private FeatureSet.Builder<E> movement(
      String description,
      ToDoubleFunction<? super E> latitude,
      ToDoubleFunction<? super E> longitude,
      DoubleBinaryOperator ofKilometresAndSeconds) {
    requireNonNull(latitude, "latitude");
    requireNonNull(longitude, "longitude");
    refuseIncluding(description);
    return add(
        FeatureType.NUMBER,
        description,
        FeatureSpec.UNBOUNDED,
        plan -> {
          EventValues<E> values = plan.values();
          int accepted = values.where(where);
          int north = values.number(name, latitude, accepted);
          int east = values.number(name, longitude, accepted);
          values.check(name, event -> requireLatitude(event.number(north)), accepted);
          FeaturePlan.Slot slot = last(plan, Statistic.Kind.LAST_PAIR, north, east);
          return (states, at, row) -> {
            LastEvent last = (LastEvent) slot.result(states, at);
            return at.isAccepted(accepted)
                ? ofKilometresAndSeconds.applyAsDouble(
                    last.kilometres(at.number(north), at.number(east)), last.seconds(at))
                : Double.NaN;
          };
        });
  }

  private void requireLatitude(double latitude) {
    if (Math.abs(latitude) > 90) {
      throw new IllegalArgumentException(
          "latitude of feature " + name + " must be from -90 to 90: " + latitude);
    }
  }

  /**
   * Adds the hour of the event, from 0 to 23.
   *
   * @param zone the time zone
   * @return the builder of the set
   */
  public FeatureSet.Builder<E> hour(ZoneId zone) {
    ZoneOffsets.of(zone); // fails here, not at the first event
    return calendar(
        "hour, " + zone,
        plan -> {
          ZoneOffsets offsets = ZoneOffsets.of(zone);
          return at -> offsets.hour(at.time());
        });
  }

  /**
   * Adds the weekday of the event by ISO 8601, from 1 for Monday to 7 for Sunday.
   *
   * @param zone the time zone
   * @return the builder of the set
   */
  public FeatureSet.Builder<E> weekday(ZoneId zone) {
    ZoneOffsets.of(zone); // fails here, not at the first event
    return calendar(
        "weekday, " + zone,
        plan -> {
          ZoneOffsets offsets = ZoneOffsets.of(zone);
          return at -> offsets.weekday(at.time());
        });
  }

  private FeatureSet.Builder<E> calendar(
      String description, Function<FeaturePlan<E>, ToDoubleFunction<EventValues<?>>> compile) {
    return add(
        FeatureType.NUMBER,
        description,
        plan -> {
          int accepted = plan.values().where(where);
          ToDoubleFunction<EventValues<?>> field = compile.apply(plan);
          return (states, at, row) ->
              at.isAccepted(accepted) ? field.applyAsDouble(at) : Double.NaN;
        });
  }

  /**
   * Adds the quotient of two features. It is absent if one of them is, or the second is 0.
   *
   * @param numerator the name of a number that is declared before
   * @param denominator the name of a number that is declared before
   * @return the builder of the set
   * @throws IllegalArgumentException if a name is not that of a number declared before
   * @throws IllegalStateException if a predicate was set, or the event is included
   */
  public FeatureSet.Builder<E> ratio(String numerator, String denominator) {
    return derived("ratio", numerator, denominator, (a, b) -> b == 0 ? Double.NaN : a / b);
  }

  /**
   * Adds a function of two features.
   *
   * @param a the name of a number that is declared before
   * @param b the name of a number that is declared before
   * @param function a pure function of both, NaN if absent
   * @return the builder of the set
   * @throws IllegalArgumentException if a name is not that of a number declared before
   * @throws IllegalStateException if a predicate was set, or the event is included
   */
  public FeatureSet.Builder<E> combine(String a, String b, DoubleBinaryOperator function) {
    return derived("combine", a, b, requireNonNull(function, "function"));
  }

  private FeatureSet.Builder<E> derived(
      String description, String a, String b, DoubleBinaryOperator function) {
    refuseIncluding(description);
    if (where != null) {
      throw new IllegalStateException(
          description + " counts no events, so it must not have a predicate: " + name);
    }
    int first = set.index(a);
    int second = set.index(b);
    return set.add(
        new FeatureSpec<>(
            feature(FeatureType.NUMBER, description + " of " + a + " and " + b),
            FeatureSpec.Phase.DERIVED,
            0,
            plan -> (states, at, row) -> function.applyAsDouble(row[first], row[second])));
  }

  private void refuseIncluding(String description) {
    if (including) {
      throw new IllegalStateException(
          description + " is of earlier events or features; omit including: " + name);
    }
  }

  private FeaturePlan.Slot last(FeaturePlan<E> plan, Statistic.Kind kind, int a, int b) {
    return plan.slot(plan.values().where(where), ALL, new Statistic(kind, a, b, 0, null));
  }

  private static FeatureReader text(FeatureReader.OfText reader) {
    return reader;
  }

  private FeatureSet.Builder<E> add(
      FeatureType type, String description, Function<FeaturePlan<E>, FeatureReader> compile) {
    refuseIncluding(description);
    return add(type, description, 0, compile);
  }

  private FeatureSet.Builder<E> add(
      FeatureType type,
      String description,
      long horizon,
      Function<FeaturePlan<E>, FeatureReader> compile) {
    return set.add(
        new FeatureSpec<>(
            feature(type, description),
            including ? FeatureSpec.Phase.AFTER : FeatureSpec.Phase.BEFORE,
            horizon,
            compile));
  }

  private FeatureSchema.Feature feature(FeatureType type, String description) {
    return new FeatureSchema.Feature(
        name, type, FeatureWindow.description(description, where != null, including));
  }
}
