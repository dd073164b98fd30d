package io.thalweg.benchmarks;

import io.thalweg.StateWriter;
import io.thalweg.storm.StateStore;
import io.thalweg.storm.jdbc.JdbcStateStore;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Random;
import java.util.concurrent.Callable;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.stream.IntStream;

/**
 * Duration of a commit of a state store, and of a restore: 100,000 live keys of 100 bytes, of which
 * 1,000 or 5,000 at random have changed.
 *
 * <p>Arguments: the JDBC URL, then properties as {@code name=value}; without arguments, a temporary
 * SQLite file. The restored state is compared with the written state before any number is printed.
 */
public final class StateStoreCommits {

  private static final int KEYS = 100_000;
  private static final int BYTES = 100;
  private static final int WARM = 50;
  private static final int COMMITS = 300;

  private StateStoreCommits() {}

  public static void main(String[] args) throws Exception {
    if (args.length > 0) {
      run(args[0], Arrays.asList(args).subList(1, args.length));
      return;
    }
    Path folder = Files.createTempDirectory(Path.of("."), "state");
    try {
      run("jdbc:sqlite:" + folder.resolve("state.db"), List.of());
    } finally {
      delete(folder);
    }
  }

  private static void delete(Path folder) throws IOException {
    try (var files = Files.list(folder)) {
      for (Path file : files.toList()) {
        Files.delete(file);
      }
    }
    Files.delete(folder);
  }

  private static void run(String url, List<String> properties) throws Exception {
    JdbcStateStore store = new JdbcStateStore(url);
    for (String property : properties) {
      String[] parts = property.split("=", 2);
      store.withProperty(parts[0], parts[1]);
    }
    print("%s, %,d keys of %d bytes", url.replaceFirst("[?].*", ""), KEYS, BYTES);
    one(store);
    together(store, 4);
  }

  private static void one(StateStore store) {
    StateStore.Task task = new StateStore.Task("benchmark", "one", 0, 1, 0);
    Map<Object, byte[]> state = new HashMap<>();
    try (StateStore.Shard shard = store.acquire(task)) {
      Random random = new Random(1);
      long start = System.nanoTime();
      for (int i = 0; i < KEYS; i++) {
        put(shard.changes().scope("processor"), i, random, state);
      }
      shard.commit();
      print("first commit, all keys: %.0f ms", (System.nanoTime() - start) / 1e6);
      for (int dirty : new int[] {1000, 5000}) {
        long[] nanos = new long[COMMITS];
        for (int i = -WARM; i < COMMITS; i++) {
          start = System.nanoTime();
          for (int j = 0; j < dirty; j++) {
            put(shard.changes().scope("processor"), random.nextInt(KEYS), random, state);
          }
          shard.commit();
          if (i >= 0) {
            nanos[i] = System.nanoTime() - start;
          }
        }
        print("%,d changed: %s", dirty, percentiles(nanos));
      }
    }
    for (int i = 0; i < 3; i++) {
      long start = System.nanoTime();
      try (StateStore.Shard shard = store.acquire(task)) {
        Map<Object, byte[]> read = new HashMap<>();
        shard.saved().get(0).state().scope("processor").forEach((key, part, b) -> read.put(key, b));
        long nanos = System.nanoTime() - start;
        requireSame(state, read);
        print("acquired and read: %.0f ms", nanos / 1e6);
      }
    }
  }

  /** Several tasks that share the keys, each committing its part as fast as it can. */
  private static void together(StateStore store, int tasks) throws Exception {
    ExecutorService threads = Executors.newFixedThreadPool(tasks);
    try {
      List<Callable<long[]>> work = new ArrayList<>();
      for (int t = 0; t < tasks; t++) {
        int index = t;
        work.add(
            () -> {
              Random random = new Random(index);
              Map<Object, byte[]> state = new HashMap<>();
              long[] nanos = new long[COMMITS];
              try (StateStore.Shard shard =
                  store.acquire(new StateStore.Task("benchmark", "many", index, tasks, 0))) {
                StateWriter<Object> to = shard.changes().scope("processor");
                IntStream.range(0, KEYS / tasks).forEach(i -> put(to, i, random, state));
                shard.commit();
                for (int i = 0; i < COMMITS; i++) {
                  // tasks on Storm do not commit all the time
                  Thread.sleep(random.nextInt(100));
                  long start = System.nanoTime();
                  for (int j = 0; j < 1000 / tasks; j++) {
                    put(to, random.nextInt(KEYS / tasks), random, state);
                  }
                  shard.commit();
                  nanos[i] = System.nanoTime() - start;
                }
              }
              return nanos;
            });
      }
      long[] all = new long[0];
      for (Future<long[]> nanos : threads.invokeAll(work)) {
        all = concat(all, nanos.get());
      }
      print(
          "%d tasks, %,d changed each, every 50 ms on average: %s",
          tasks, 1000 / tasks, percentiles(all));
    } finally {
      threads.shutdown();
    }
  }

  private static long[] concat(long[] a, long[] b) {
    long[] both = Arrays.copyOf(a, a.length + b.length);
    System.arraycopy(b, 0, both, a.length, b.length);
    return both;
  }

  private static void put(
      StateWriter<Object> to, int number, Random random, Map<Object, byte[]> state) {
    byte[] bytes = new byte[BYTES];
    random.nextBytes(bytes);
    Object key = "device-" + number;
    to.put(key, 0, bytes);
    state.put(key, bytes);
  }

  private static void requireSame(Map<Object, byte[]> written, Map<Object, byte[]> read) {
    if (!written.keySet().equals(read.keySet())
        || written.entrySet().stream()
            .anyMatch(each -> !Arrays.equals(each.getValue(), read.get(each.getKey())))) {
      throw new AssertionError("what is read must be what was written");
    }
  }

  private static String percentiles(long[] nanos) {
    Arrays.sort(nanos);
    return String.format(
        Locale.ROOT,
        "p50 %.1f ms, p99 %.1f ms, max %.1f ms",
        nanos[nanos.length / 2] / 1e6,
        nanos[nanos.length * 99 / 100] / 1e6,
        nanos[nanos.length - 1] / 1e6);
  }

  private static void print(String format, Object... values) {
    System.out.println(String.format(Locale.ROOT, format, values));
  }
}
