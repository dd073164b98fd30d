package io.thalweg;

import static java.time.Duration.ofSeconds;
import static org.assertj.core.api.Assertions.assertThat;

import io.thalweg.stats.Moments;
import io.thalweg.testing.RecordedResult;
import io.thalweg.testing.Recording;
import io.thalweg.testing.Sample;
import io.thalweg.testing.Script;
import io.thalweg.window.AccumulationMode;
import io.thalweg.window.TrailingWindow;
import io.thalweg.window.WindowSpec;
import io.thalweg.window.WindowedAggregator;
import io.thalweg.window.Windows;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import org.junit.jupiter.api.Test;

/**
 * Draws the pictures of docs/windows.md from runs of the real operators. Each test compares with
 * the picture in docs; {@code -Dpictures=write} writes it.
 */
class WindowPicturesTest {

  private static final Path PICTURES = Path.of("../docs/windows");
  private static final int WIDTH = 760;
  private static final double LEFT = 150;
  private static final double RIGHT = WIDTH - 30.0;

  private static void publish(String name, String picture) throws IOException {
    Path file = PICTURES.resolve(name);
    if ("write".equals(System.getProperty("pictures"))) {
      Files.createDirectories(PICTURES);
      Files.writeString(file, picture);
    }
    assertThat(file).as("to be drawn again with -Dpictures=write").content().isEqualTo(picture);
  }

  /** Horizontal axis of event time, in milliseconds. */
  private record Axis(long from, long to) {

    double x(long time) {
      double clamped = Math.min(Math.max(time, from), to);
      return LEFT + (clamped - from) / (to - from) * (RIGHT - LEFT);
    }

    void draw(Drawing drawing, double top, double bottom, long step) {
      for (long time = from; time <= to; time += step) {
        drawing.line(x(time), top, x(time), bottom, Drawing.FAINT, false);
        drawing.middle(x(time), top - 6, seconds(time), Drawing.GREY);
      }
    }
  }

  private static String seconds(long millis) {
    return millis % 1000 == 0 ? millis / 1000 + " s" : millis / 1000.0 + " s";
  }

  private static Script.Step event(double second, double value) {
    return new Script.Process("k", new Sample(value, 1), Math.round(1000 * second));
  }

  private static Script.Step watermark(double second) {
    return new Script.Advance(Math.round(1000 * second));
  }

  private static Script.Step early() {
    return new Script.Early();
  }

  @Test
  void kinds() throws IOException {
    Map<String, WindowSpec<Object>> queries = new LinkedHashMap<>();
    queries.put("tumbling 10 s", Windows.tumbling(ofSeconds(10)));
    queries.put("sliding 10 s / 5 s", Windows.sliding(ofSeconds(10), ofSeconds(5)));
    queries.put("sampling 3 s / 10 s", Windows.sliding(ofSeconds(3), ofSeconds(10)));
    queries.put("cumulative 15 s / 5 s", Windows.cumulative(ofSeconds(15), ofSeconds(5)));
    queries.put("session, gap 4 s", Windows.session(ofSeconds(4)));
    long[] events = {1, 2, 3, 6, 11, 13, 14, 18, 23, 26};
    WindowedAggregator<String, Sample, Long> operator =
        WindowedAggregator.of(Aggregates.<Sample>count(), new ArrayList<>(queries.values()))
            .build();
    Recording<String, Long> out = new Recording<>();
    for (long second : events) {
      operator.process("k", new Sample(1, 1), 1000 * second, out);
    }
    operator.advance(60_000, out);
    List<RecordedResult<String, Long>> results = out.drain();

    Drawing drawing =
        new Drawing("One stream, five window specs; the number of events in each window", WIDTH);
    Axis axis = new Axis(-5_000, 35_000);
    Drawing bars = drawing;
    double bottom = 60;
    List<Runnable> content = new ArrayList<>();
    for (int query = 0; query < queries.size(); query++) {
      List<Pane> panes = new ArrayList<>();
      List<Long> counts = new ArrayList<>();
      for (RecordedResult<String, Long> result : results) {
        if (result instanceof RecordedResult.Update<String, Long> update
            && update.at().query() == query) {
          panes.add(update.at());
          counts.add(update.value());
        }
      }
      List<Long> laneEnds = new ArrayList<>();
      double top = bottom + 12;
      for (int i = 0; i < panes.size(); i++) {
        Pane pane = panes.get(i);
        int lane = 0;
        while (lane < laneEnds.size() && laneEnds.get(lane) > pane.start()) {
          lane++;
        }
        if (lane == laneEnds.size()) {
          laneEnds.add(pane.end());
        } else {
          laneEnds.set(lane, pane.end());
        }
        double y = top + 22 * lane;
        long count = counts.get(i);
        content.add(
            () -> {
              bars.bar(axis.x(pane.start()), axis.x(pane.end()), y, 18, Drawing.BLUE, false);
              bars.middle(
                  (axis.x(pane.start()) + axis.x(pane.end())) / 2, y + 13, "" + count, Drawing.INK);
            });
      }
      String name = new ArrayList<>(queries.keySet()).get(query);
      content.add(() -> bars.left(8, top + 13, name, Drawing.INK));
      bottom = top + 22 * laneEnds.size();
    }
    axis.draw(drawing, 24, bottom + 6, 5_000);
    drawing.left(8, 46, "events", Drawing.INK);
    for (long second : events) {
      drawing.dot(axis.x(1000 * second), 42, Drawing.INK);
    }
    content.forEach(Runnable::run);
    publish("kinds.svg", drawing.finish(bottom + 14));
  }

  /**
   * Draws the calls of a script from top to bottom, and event time from left to right: events as
   * dots, the watermark as a dashed line, and results as bars in the row of the call that emitted
   * them.
   */
  private static <O> String run(
      String about, Axis axis, Processor<String, Sample, O> processor, List<Script.Step> steps) {
    Recording<String, O> out = new Recording<>();
    Drawing drawing = new Drawing(about, WIDTH);
    List<Runnable> content = new ArrayList<>();
    double y = 34;
    double before = Double.NaN;
    for (Script.Step step : steps) {
      step.call(processor, out);
      List<RecordedResult<String, O>> recorded = out.drain();
      double top = y;
      String call;
      if (step instanceof Script.Process p) {
        boolean late = recorded.stream().anyMatch(e -> e instanceof RecordedResult.Late);
        double x = axis.x(p.timestamp());
        call = "process " + number(p.event().value()) + " at " + seconds(p.timestamp());
        content.add(
            () -> {
              if (late) {
                drawing.cross(x, top + 9, Drawing.RED);
                drawing.left(x + 8, top + 13, "late", Drawing.RED);
              } else {
                drawing.dot(x, top + 9, Drawing.INK);
              }
            });
      } else if (step instanceof Script.Advance advance) {
        call = "advance to " + seconds(advance.watermark());
        double x = axis.x(advance.watermark());
        double from = before;
        content.add(
            () -> {
              if (!Double.isNaN(from)) {
                drawing.line(from, top, x, top, Drawing.ORANGE, true);
              }
            });
        before = x;
      } else {
        call = "early";
      }
      content.add(() -> drawing.left(8, top + 13, call, Drawing.INK));
      y += 4;
      for (RecordedResult<String, O> each : recorded) {
        double row = y;
        if (each instanceof RecordedResult.Update<String, O> update) {
          Pane at = update.at();
          String colour =
              switch (at.timing()) {
                case EARLY -> Drawing.GREY;
                case ON_TIME -> Drawing.GREEN;
                case LATE -> Drawing.ORANGE;
              };
          String text =
              value(update.value())
                  + " "
                  + at.timing().name().toLowerCase(Locale.ROOT).replace('_', ' ')
                  + (update.previous() == null ? "" : ", was " + value(update.previous()));
          content.add(() -> bar(drawing, axis, at, row, text, colour, false));
          y += 22;
        } else if (each instanceof RecordedResult.Retraction<String, O> retraction) {
          String text = value(retraction.previous()) + " retracted";
          content.add(() -> bar(drawing, axis, retraction.at(), row, text, Drawing.RED, true));
          y += 22;
        } else if (each instanceof RecordedResult.Answer<String, O> answer) {
          String text = value(answer.value());
          content.add(() -> bar(drawing, axis, answer.at(), row, text, Drawing.BLUE, false));
          y += 22;
        }
      }
      y = Math.max(y, top + 22);
      double stair = before;
      double end = y;
      if (!Double.isNaN(stair)) {
        content.add(() -> drawing.line(stair, top, stair, end, Drawing.ORANGE, true));
      }
    }
    axis.draw(drawing, 24, y + 4, 5_000);
    content.forEach(Runnable::run);
    if (!Double.isNaN(before)) {
      drawing.right(Math.min(before + 30, WIDTH - 4), y + 16, "watermark", Drawing.ORANGE);
    }
    return drawing.finish(y + 24);
  }

  private static void bar(
      Drawing drawing, Axis axis, Pane at, double y, String text, String colour, boolean hollow) {
    double from = axis.x(at.start());
    double to = axis.x(at.end());
    drawing.bar(from, to, y, 18, colour, hollow);
    // Beside the bar if it is too short for its text.
    if (to - from > 6.5 * text.length()) {
      drawing.left(from + 6, y + 13, text, colour);
    } else {
      drawing.left(to + 5, y + 13, text, colour);
    }
  }

  private static String value(Object value) {
    return value instanceof Moments moments
        ? number(moments.sum())
        : value instanceof Double number ? number(number) : String.valueOf(value);
  }

  private static String number(double value) {
    return value == Math.rint(value)
        ? String.valueOf((long) value)
        : String.format(Locale.ROOT, "%.1f", value);
  }

  private static Aggregate<Sample, ?, Double> sum() {
    return Moments.<Sample>over(Sample::value).map(Moments::sum);
  }

  @Test
  void lateness() throws IOException {
    publish(
        "lateness.svg",
        run(
            "The sums of a tumbling window of 10 s with a lateness of 5 s",
            new Axis(0, 25_000),
            WindowedAggregator.of(sum(), Windows.tumbling(ofSeconds(10)))
                .lateness(ofSeconds(5))
                .build(),
            List.of(
                event(2, 1),
                event(7, 2),
                event(11, 4),
                watermark(8),
                event(6, 8),
                watermark(12),
                event(9, 16),
                watermark(13),
                watermark(15),
                event(5, 32),
                event(16, 64),
                watermark(25))));
  }

  @Test
  void sessions() throws IOException {
    publish(
        "sessions.svg",
        run(
            "Sessions with a gap of 4 s, 10 s of lateness, retracting: the sums they give",
            new Axis(0, 25_000),
            WindowedAggregator.of(sum(), Windows.session(ofSeconds(4)))
                .lateness(ofSeconds(10))
                .mode(AccumulationMode.RETRACTING)
                .build(),
            List.of(
                event(2, 1),
                event(9, 2),
                event(3, 4),
                watermark(8),
                watermark(14),
                event(6.5, 8),
                watermark(14),
                event(18, 16),
                watermark(25))));
  }

  @Test
  void trailing() throws IOException {
    publish(
        "trailing.svg",
        run(
            "The sum of the 10 s before each event, without the event",
            new Axis(-10_000, 25_000),
            TrailingWindow.over(sum()).last(ofSeconds(10)).excludingEvent().build(),
            List.of(
                event(2, 1),
                event(5, 2),
                event(9, 4),
                event(14, 8),
                event(14, 16),
                event(24, 32))));
  }

  @Test
  void modes() throws IOException {
    List<Script.Step> steps =
        List.of(
            event(1, 1),
            event(4, 2),
            early(),
            event(8, 4),
            watermark(10),
            event(9, 8),
            watermark(12));
    Drawing drawing =
        new Drawing("The results of one window, [0 s, 10 s), in the three modes", WIDTH);
    double column = (RIGHT - LEFT) / steps.size();
    drawing.left(8, 20, "sum", Drawing.GREY);
    for (int i = 0; i < steps.size(); i++) {
      double x = LEFT + (i + 0.5) * column;
      Script.Step step = steps.get(i);
      String call =
          step instanceof Script.Process p
              ? number(p.event().value()) + " at " + seconds(p.timestamp())
              : step instanceof Script.Advance a ? "W = " + seconds(a.watermark()) : "early";
      drawing.middle(x, 20, call, step instanceof Script.Process ? Drawing.INK : Drawing.ORANGE);
    }
    double y = 32;
    for (AccumulationMode mode : AccumulationMode.values()) {
      drawing.line(8, y, RIGHT, y, Drawing.FAINT, false);
      drawing.left(8, y + 22, mode.name().toLowerCase(Locale.ROOT), Drawing.INK);
      WindowedAggregator<String, Sample, Double> operator =
          WindowedAggregator.of(sum(), Windows.tumbling(ofSeconds(10)))
              .lateness(ofSeconds(5))
              .mode(mode)
              .build();
      Recording<String, Double> out = new Recording<>();
      for (int i = 0; i < steps.size(); i++) {
        steps.get(i).call(operator, out);
        for (RecordedResult<String, Double> result : out.drain()) {
          RecordedResult.Update<String, Double> update =
              (RecordedResult.Update<String, Double>) result;
          double x = LEFT + (i + 0.5) * column;
          drawing.middle(x, y + 18, number(update.value()), Drawing.GREEN);
          drawing.middle(
              x,
              y + 33,
              update.previous() == null
                  ? update.at().timing().name().toLowerCase(Locale.ROOT).replace('_', ' ')
                  : "replaces " + number(update.previous()),
              Drawing.GREY);
        }
      }
      y += 44;
    }
    publish("modes.svg", drawing.finish(y));
  }
}
