package io.thalweg.feature;

import static java.util.Objects.requireNonNull;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.function.Consumer;
import java.util.function.Function;
import java.util.function.Predicate;
import java.util.function.ToDoubleFunction;

/**
 * The event in process: which features accept it, and the values of the fields that they read.
 *
 * <p>Everything that code of the user may refuse is read in {@link #read}, before any state
 * changes.
 */
final class EventValues<E> {

  /** A field, and the predicates of the events that it is read from. */
  private static final class Field<F> {
    final String feature;
    final F reader;
    int[] uses;

    Field(String feature, F reader, int use) {
      this.feature = feature;
      this.reader = requireNonNull(reader, "field");
      uses = new int[] {use};
    }

    void addUse(int use) {
      if (Arrays.stream(uses).noneMatch(each -> each == use)) {
        uses = Arrays.copyOf(uses, uses.length + 1);
        uses[uses.length - 1] = use;
      }
    }
  }

  private final Predicate<? super E> answering;
  private final List<Predicate<? super E>> wheres = new ArrayList<>();
  private final List<Field<ToDoubleFunction<? super E>>> numberFields = new ArrayList<>();
  private final List<Field<Function<? super E, String>>> textFields = new ArrayList<>();
  private final List<Field<Consumer<EventValues<?>>>> checks = new ArrayList<>();

  private E event;
  private long time;
  private long clock;
  private boolean behind;
  private boolean asked;
  private boolean[] accepted = {};
  private double[] numbers = {};
  private String[] texts = {};

  EventValues(Predicate<? super E> answering) {
    this.answering = answering;
  }

  /** Returns the number of a predicate; null accepts every event. */
  int where(Predicate<? super E> where) {
    for (int i = 0; i < wheres.size(); i++) {
      if (wheres.get(i) == where) {
        return i;
      }
    }
    wheres.add(where);
    accepted = new boolean[wheres.size()];
    return wheres.size() - 1;
  }

  /** Returns the use of a field that is read from the events of a predicate to be answered. */
  static int asked(int where) {
    return -1 - where;
  }

  /**
   * Returns the number of a field.
   *
   * @param use the number of a predicate whose events it is read from, or {@link #asked}
   */
  int number(String feature, ToDoubleFunction<? super E> reader, int use) {
    int number = field(numberFields, feature, reader, use);
    numbers = new double[numberFields.size()];
    return number;
  }

  /** Returns the number of a field of texts; see {@link #number}. */
  int text(String feature, Function<? super E, String> reader, int use) {
    int number = field(textFields, feature, reader, use);
    texts = new String[textFields.size()];
    return number;
  }

  /** Adds a check of the events of a predicate, after their fields are read. */
  void check(String feature, Consumer<EventValues<?>> check, int use) {
    field(checks, feature, check, use);
  }

  private static <F> int field(List<Field<F>> fields, String feature, F reader, int use) {
    for (int i = 0; i < fields.size(); i++) {
      Field<F> field = fields.get(i);
      if (field.reader == reader) {
        field.addUse(use);
        return i;
      }
    }
    fields.add(new Field<>(feature, reader, use));
    return fields.size() - 1;
  }

  /**
   * Reads the values of an event. An exception of a predicate, a field or a check propagates.
   *
   * @throws IllegalArgumentException if a number is infinite
   */
  void read(E event, long time) {
    this.event = event;
    this.time = time;
    asked = answering == null || answering.test(event);
    for (int i = 0; i < accepted.length; i++) {
      Predicate<? super E> where = wheres.get(i);
      accepted[i] = where == null || where.test(event);
    }
    for (int i = 0; i < numbers.length; i++) {
      Field<ToDoubleFunction<? super E>> field = numberFields.get(i);
      numbers[i] = isRead(field) ? field.reader.applyAsDouble(event) : Double.NaN;
      if (Double.isInfinite(numbers[i])) {
        throw new IllegalArgumentException(
            "value of feature " + field.feature + " must not be infinite: " + numbers[i]);
      }
    }
    for (int i = 0; i < texts.length; i++) {
      Field<Function<? super E, String>> field = textFields.get(i);
      texts[i] = isRead(field) ? field.reader.apply(event) : null;
    }
    for (int i = 0; i < checks.size(); i++) {
      Field<Consumer<EventValues<?>>> check = checks.get(i);
      if (isRead(check)) {
        check.reader.accept(this);
      }
    }
  }

  private boolean isRead(Field<?> field) {
    for (int use : field.uses) {
      if (use < 0 ? asked && accepted[-1 - use] : accepted[use]) {
        return true;
      }
    }
    return false;
  }

  /** Places the event behind or after the newest one of its key. */
  void place(long newest) {
    behind = time < newest;
    clock = behind ? newest : time;
  }

  E event() {
    return event;
  }

  /** Returns the timestamp of the event. */
  long time() {
    return time;
  }

  /**
   * Returns the time at which features that follow the order of arrival count the event: its
   * timestamp, or the newest one of its key if that is later.
   */
  long clock() {
    return clock;
  }

  /** Returns true if the key has a later event. */
  boolean isBehind() {
    return behind;
  }

  /** Returns true if the event is to be answered. */
  boolean isAsked() {
    return asked;
  }

  boolean isAccepted(int where) {
    return accepted[where];
  }

  /** Returns the value of a field; NaN if it is absent. */
  double number(int field) {
    return numbers[field];
  }

  /** Returns the value of a field of texts; null if it is absent. */
  String text(int field) {
    return texts[field];
  }
}
