package io.thalweg;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.ArrayList;
import java.util.List;
import java.util.function.ObjLongConsumer;
import org.junit.jupiter.api.Test;

class ForwardingProcessorTest {

  /** Logs its calls. */
  private static final class Delegate implements Processor<String, Integer, String> {
    private final List<String> calls = new ArrayList<>();

    @Override
    public void process(String key, Integer event, long timestamp, Output<String, String> out) {
      calls.add("process " + key + " " + event + " " + timestamp);
    }

    @Override
    public void advance(long watermark, Output<String, String> out) {
      calls.add("advance " + watermark);
    }

    @Override
    public void early(Output<String, String> out) {
      calls.add("early");
    }

    @Override
    public boolean orderSensitive() {
      return false;
    }

    @Override
    public void save(StateWriter<String> to) {
      calls.add("save");
    }

    @Override
    public void saveChanges(StateWriter<String> to) {
      calls.add("saveChanges");
    }

    @Override
    public void restore(StateReader<String> shard) {
      calls.add("restore");
    }

    @Override
    public void counters(ObjLongConsumer<String> each) {
      each.accept("calls", calls.size());
    }
  }

  @Test
  void everyCallButProcess_anyDelegate_isForwarded() {
    Delegate delegate = new Delegate();
    Processor<String, String, String> lengths =
        new ForwardingProcessor<>(delegate) {
          @Override
          protected void apply(
              String key, String event, long timestamp, Output<String, String> out) {
            delegate.process(key, event.length(), timestamp, out);
          }
        };
    Output<String, String> out = (key, value) -> {};
    Snapshot<String> state = new Snapshot<>();
    lengths.restore(state);
    lengths.process("k", "four", 7, out);
    lengths.advance(8, out);
    lengths.early(out);
    lengths.save(state);
    lengths.saveChanges(state);
    lengths.saveChanges(state);
    assertThat(delegate.calls)
        .containsExactly(
            "restore", "process k 4 7", "advance 8", "early", "save", "save", "saveChanges");
    assertThat(lengths.orderSensitive()).isFalse();
    lengths.counters((name, value) -> assertThat(name + value).isEqualTo("calls7"));
  }
}
