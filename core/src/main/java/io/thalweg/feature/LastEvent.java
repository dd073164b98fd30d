package io.thalweg.feature;

import io.thalweg.Aggregate;
import io.thalweg.Codec;
import io.thalweg.Milliseconds;
import java.io.DataInput;
import java.io.DataOutput;
import java.io.IOException;

/** Time and value of the last event in the order of arrival. */
final class LastEvent {

  private static final Codec<LastEvent> CODEC =
      Codec.of("thalweg.feature.last", LastEvent::write, LastEvent::read);

  private boolean present;
  private long time;
  private double first;
  private double second;
  private String text;

  /** Returns an aggregate of the last event. */
  static Aggregate<EventValues<?>, LastEvent, LastEvent> ofTime() {
    return aggregate((last, event) -> last.set(event, Double.NaN, Double.NaN, null));
  }

  /** Returns an aggregate of the last event with a number. */
  static Aggregate<EventValues<?>, LastEvent, LastEvent> ofNumber(int field) {
    return aggregate(
        (last, event) -> {
          if (!Double.isNaN(event.number(field))) {
            last.set(event, event.number(field), Double.NaN, null);
          }
        });
  }

  /** Returns an aggregate of the last event with two numbers. */
  static Aggregate<EventValues<?>, LastEvent, LastEvent> ofPair(int a, int b) {
    return aggregate(
        (last, event) -> {
          if (!Double.isNaN(event.number(a)) && !Double.isNaN(event.number(b))) {
            last.set(event, event.number(a), event.number(b), null);
          }
        });
  }

  /** Returns an aggregate of the last event with a text. */
  static Aggregate<EventValues<?>, LastEvent, LastEvent> ofText(int field) {
    return aggregate(
        (last, event) -> {
          if (event.text(field) != null) {
            last.set(event, Double.NaN, Double.NaN, event.text(field));
          }
        });
  }

  private interface Add {
    void add(LastEvent last, EventValues<?> event);
  }

  private static Aggregate<EventValues<?>, LastEvent, LastEvent> aggregate(Add add) {
    return Aggregate.of(
        LastEvent::new, add::add, LastEvent::merge, LastEvent::clear, last -> last, CODEC);
  }

  private void set(EventValues<?> event, double a, double b, String t) {
    present = true;
    time = event.clock();
    first = a;
    second = b;
    text = t;
  }

  private void merge(LastEvent later) {
    if (later.present) {
      present = true;
      time = later.time;
      first = later.first;
      second = later.second;
      text = later.text;
    }
  }

  private void clear() {
    present = false;
    time = 0;
    first = 0;
    second = 0;
    text = null;
  }

  /** Returns the seconds since the last event; NaN if there is none. */
  double seconds(EventValues<?> at) {
    if (!present) {
      return Double.NaN;
    }
    long apart = at.clock() - time;
    return (apart >= 0 ? apart : (double) at.clock() - time) / 1000; // below 0: an overflow
  }

  /** Returns true if the last event is less old than a time. */
  boolean isValid(EventValues<?> at, long validity) {
    return present && Milliseconds.minus(at.clock(), validity) < time;
  }

  double number() {
    return present ? first : Double.NaN;
  }

  String text() {
    return text;
  }

  /**
   * Returns the distance to a position in kilometres by the haversine formula (Sinnott, Virtues of
   * the haversine, Sky and Telescope 68, 1984), on a sphere of the mean radius of the earth.
   */
  double kilometres(double latitude, double longitude) {
    if (!present) {
      return Double.NaN;
    }
    double north = Math.sin(Math.toRadians(latitude - first) / 2);
    double east = Math.sin(Math.toRadians(longitude - second) / 2);
    double haversine =
        north * north
            + Math.cos(Math.toRadians(first)) * Math.cos(Math.toRadians(latitude)) * east * east;
    return 2 * 6371.0088 * Math.asin(Math.sqrt(Math.min(1, haversine)));
  }

  private void write(DataOutput out) throws IOException {
    out.writeBoolean(present);
    if (present) {
      out.writeLong(time);
      out.writeDouble(first);
      out.writeDouble(second);
      out.writeBoolean(text != null);
      if (text != null) {
        Codec.STRING.write(text, out);
      }
    }
  }

  private static LastEvent read(DataInput in) throws IOException {
    LastEvent last = new LastEvent();
    last.present = in.readBoolean();
    if (last.present) {
      last.time = in.readLong();
      last.first = in.readDouble();
      last.second = in.readDouble();
      last.text = in.readBoolean() ? Codec.STRING.read(in, 1) : null;
    }
    return last;
  }
}
