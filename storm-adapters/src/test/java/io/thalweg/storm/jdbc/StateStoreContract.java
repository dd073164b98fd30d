package io.thalweg.storm.jdbc;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.thalweg.Snapshot;
import io.thalweg.StateReader;
import io.thalweg.StateWriter;
import io.thalweg.storm.FencedException;
import io.thalweg.storm.StateStore;
import java.nio.ByteBuffer;
import java.sql.Connection;
import java.sql.DriverManager;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.HexFormat;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.Set;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.concurrent.Callable;
import java.util.concurrent.CyclicBarrier;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.function.Predicate;
import net.jqwik.api.Arbitraries;
import net.jqwik.api.Arbitrary;
import net.jqwik.api.Combinators;
import net.jqwik.api.Example;
import net.jqwik.api.Provide;
import net.jqwik.api.Tuple;
import org.apache.storm.utils.TupleUtils;

/** Contract of {@link JdbcStateStore}, tested on every database against a model. */
abstract class StateStoreContract {

  private static final List<Object> KEYS =
      List.of("a", "b", "", "1", 1L, -1L, Long.MIN_VALUE, "\u00fc", "\ud83d\ude00", "\ud83d", "?");
  private static final List<String> SCOPES =
      List.of("", "processor", "processor/slices", "processor/slices/late", "ledger", "outbox");
  private static final byte[] POISON = "poison in a record".getBytes(UTF_8);

  /** Returns a store whose tables do not exist yet. */
  abstract JdbcStateStore store(long segmentBytes);

  final JdbcStateStore store() {
    return store(1 << 20);
  }

  /** Returns the url of the database. */
  abstract String url();

  /** Makes the database reject {@link #POISON} in the table of states and in the log. */
  abstract void refusePoison(Statement statement) throws SQLException;

  /** Returns the prefix of the names of the tables. */
  abstract String prefix();

  // ---------------------------------------------------------------- steps

  enum Call {
    PUT,
    REMOVE_RECORD,
    REMOVE_KEY,
    REMOVE_BEFORE,
    PUT_OPERATOR_STATE,
    CLEAR
  }

  /** Call of a writer; not every call uses every value. The key is an index into {@link #KEYS}. */
  record Change(Call call, String scope, int key, long part, byte value) {
    void apply(StateWriter<Object> root) {
      StateWriter<Object> to = root;
      for (String name : scope.isEmpty() ? new String[0] : scope.split("/")) {
        to = to.scope(name);
      }
      switch (call) {
        case PUT ->
            to.put(KEYS.get(key), part, value == 0 ? new byte[0] : new byte[] {value, (byte) part});
        case REMOVE_RECORD -> to.remove(KEYS.get(key), part);
        case REMOVE_KEY -> to.remove(KEYS.get(key));
        case REMOVE_BEFORE -> to.removeBefore(part);
        case PUT_OPERATOR_STATE -> to.putOperatorState(new byte[value & 3]);
        case CLEAR -> to.clear();
        default -> throw new AssertionError(call);
      }
    }
  }

  /** Step of a run. Indexes are taken modulo the number of tasks or holders. */
  sealed interface Step {
    /** A task starts; 0 tasks stands for the current number. */
    record Acquire(boolean second, int tasks, int index, int redeployed) implements Step {}

    /** A holder, current or not, collects changes. */
    record Collect(int holder, List<Change> changes) implements Step {}

    /** A holder, current or not, commits; the database may fail. */
    record Commit(int holder, boolean poison) implements Step {}

    /** A holder dies. */
    record Die(int holder) implements Step {}
  }

  /** Arbitrary changes, half of them to one scope and one key, so that they collide. */
  static Arbitrary<Change> change() {
    return Combinators.combine(
            Arbitraries.frequency(
                Tuple.of(12, Call.PUT),
                Tuple.of(3, Call.REMOVE_RECORD),
                Tuple.of(2, Call.REMOVE_KEY),
                Tuple.of(3, Call.REMOVE_BEFORE),
                Tuple.of(3, Call.PUT_OPERATOR_STATE),
                Tuple.of(1, Call.CLEAR)),
            Arbitraries.frequencyOf(
                Tuple.of(1, Arbitraries.just("processor/slices")),
                Tuple.of(1, Arbitraries.of(SCOPES))),
            Arbitraries.frequencyOf(
                Tuple.of(1, Arbitraries.just(0)),
                Tuple.of(1, Arbitraries.integers().between(0, KEYS.size() - 1))),
            Arbitraries.frequencyOf(
                Tuple.of(9, Arbitraries.longs().between(-2, 4)),
                Tuple.of(1, Arbitraries.of(Long.MIN_VALUE, Long.MAX_VALUE))),
            Arbitraries.bytes())
        .as(Change::new);
  }

  @Provide
  Arbitrary<List<Step>> steps() {
    Arbitrary<Change> change = change();
    Arbitrary<Integer> holder = Arbitraries.integers().between(0, 30);
    Arbitrary<Step> acquire =
        Combinators.combine(
                Arbitraries.frequency(Tuple.of(5, false), Tuple.of(1, true)),
                Arbitraries.frequencyOf(
                    Tuple.of(5, Arbitraries.just(0)),
                    Tuple.of(1, Arbitraries.integers().between(1, 4))),
                Arbitraries.integers().between(0, 3),
                Arbitraries.frequency(Tuple.of(6, 0), Tuple.of(1, -1), Tuple.of(1, 1)))
            .as(Step.Acquire::new);
    Arbitrary<Step> collect =
        Combinators.combine(holder, change.list().ofMinSize(1).ofMaxSize(12)).as(Step.Collect::new);
    Arbitrary<Step> commit =
        Combinators.combine(holder, Arbitraries.frequency(Tuple.of(20, false), Tuple.of(1, true)))
            .as(Step.Commit::new);
    return Arbitraries.frequencyOf(
            Tuple.of(4, acquire),
            Tuple.of(4, collect),
            Tuple.of(5, commit),
            Tuple.of(1, holder.map(Step.Die::new)))
        .list()
        .ofMinSize(1)
        .ofMaxSize(60);
  }

  /** Capacities of a segment, so that the log is folded always, sometimes or never. */
  @Provide
  Arbitrary<Long> segments() {
    return Arbitraries.of(0L, 100L, 300L, 1_000L, 1L << 20);
  }

  // ---------------------------------------------------------------- model

  /** Shard as the list of all committed changes; null if it was never committed. */
  private static final class ShardModel {
    List<Change> committed;
    long epoch = -1;

    Snapshot<Object> content() {
      Snapshot<Object> content = new Snapshot<>();
      committed.forEach(change -> change.apply(content));
      return content;
    }
  }

  /** Component as a list of generations, each a list of shards. */
  private static final class ComponentModel {
    final List<List<ShardModel>> generations = new ArrayList<>();
    long deployment;
    long epoch;

    List<ShardModel> newest() {
      return generations.get(generations.size() - 1);
    }

    boolean complete() {
      return newest().stream().allMatch(shard -> shard.committed != null);
    }
  }

  private record Inherited(ShardModel shard, Predicate<Object> owned, boolean ownsCounters) {}

  /**
   * Returns the saved shards by the contract: the shard itself, or if it was never committed, the
   * shards that it inherits.
   */
  private static List<Inherited> saved(List<List<ShardModel>> generations, int g, int index) {
    ShardModel shard = generations.get(g).get(index);
    if (shard.committed != null) {
      return List.of(new Inherited(shard, key -> true, true));
    }
    List<Inherited> all = new ArrayList<>();
    int tasks = generations.get(g).size();
    for (int old = 0; g > 0 && old < generations.get(g - 1).size(); old++) {
      boolean ownsCounters = old % tasks == index;
      for (Inherited each : saved(generations, g - 1, old)) {
        all.add(
            new Inherited(
                each.shard,
                key ->
                    TupleUtils.chooseTaskIndex(List.of(key), tasks) == index
                        && each.owned.test(key),
                ownsCounters && each.ownsCounters));
      }
    }
    return all;
  }

  /** Observable properties of a saved shard. */
  private record SavedView(String content, boolean own, Set<Integer> owned, boolean ownsCounters) {}

  private static List<SavedView> expected(ComponentModel component, int index) {
    int newest = component.generations.size() - 1;
    boolean own = component.newest().get(index).committed != null;
    Map<ShardModel, List<Inherited>> byShard = new HashMap<>();
    saved(component.generations, newest, index)
        .forEach(each -> byShard.computeIfAbsent(each.shard, s -> new ArrayList<>()).add(each));
    List<SavedView> seen = new ArrayList<>();
    byShard.forEach(
        (shard, ways) -> {
          Set<Integer> owned = owned(key -> ways.stream().anyMatch(way -> way.owned.test(key)));
          boolean ownsCounters = ways.stream().anyMatch(Inherited::ownsCounters);
          seen.add(new SavedView(content(shard.content()), own, owned, ownsCounters));
        });
    return seen;
  }

  private static Set<Integer> owned(Predicate<Object> owner) {
    Set<Integer> owned = new TreeSet<>();
    for (int key = 0; key < KEYS.size(); key++) {
      if (owner.test(KEYS.get(key))) {
        owned.add(key);
      }
    }
    return owned;
  }

  private static List<SavedView> seen(StateStore.Shard shard) {
    List<SavedView> seen = new ArrayList<>();
    for (StateStore.SavedShard saved : shard.saved()) {
      Set<Integer> owned = owned(saved.ownsKey());
      assertThat(saved.state().ownsCounters()).isEqualTo(saved.ownsCounters());
      assertThat(saved.state().scope("processor").ownsCounters()).isEqualTo(saved.ownsCounters());
      seen.add(
          new SavedView(content(saved.state()), saved.isOwnShard(), owned, saved.ownsCounters()));
    }
    return seen;
  }

  /**
   * Returns a state as text, with sorted keys; checks that records come grouped by key, in order of
   * parts.
   */
  static String content(StateReader<Object> state) {
    StringBuilder text = new StringBuilder();
    for (String path : SCOPES) {
      StateReader<Object> scope = state;
      for (String name : path.isEmpty() ? new String[0] : path.split("/")) {
        scope = scope.scope(name);
      }
      Map<Integer, TreeMap<Long, String>> records = new TreeMap<>();
      Object[] last = {null};
      scope.forEach(
          (key, part, bytes) -> {
            int name = KEYS.indexOf(key);
            boolean same = key.equals(last[0]);
            TreeMap<Long, String> parts = records.computeIfAbsent(name, k -> new TreeMap<>());
            assertThat(parts.isEmpty()).isEqualTo(!same);
            assertThat(same && parts.lastKey() >= part).isFalse();
            parts.put(part, HexFormat.of().formatHex(bytes));
            last[0] = key;
          });
      byte[] shared = scope.operatorState();
      text.append(path)
          .append(scope.isEmpty() ? " is empty" : "")
          .append(shared == null ? " nothing" : " " + HexFormat.of().formatHex(shared) + ".")
          .append(records)
          .append('\n');
    }
    return text.toString();
  }

  // ---------------------------------------------------------------- the property

  private static final class Holder {
    String topology;
    StateStore.Shard shard;
    ComponentModel component;
    ShardModel model;
    boolean usable = true;
    final List<Change> pending = new ArrayList<>();

    boolean current() {
      return component.newest().contains(model) && model.epoch == shard.epoch();
    }
  }

  /**
   * Runs steps and checks at each acquisition that the saved state is that of the newest holders.
   */
  void run(List<Step> steps, long segmentBytes) throws SQLException {
    JdbcStateStore store = store(segmentBytes);
    List<ComponentModel> components = List.of(new ComponentModel(), new ComponentModel());
    List<Holder> holders = new ArrayList<>();
    Map<String, ShardModel> names = new HashMap<>();
    boolean poisoned = false;
    try {
      for (Step step : steps) {
        if (step instanceof Step.Acquire acquire) {
          acquire(store, acquire, components, holders, names);
        } else if (!holders.isEmpty()) {
          if (step instanceof Step.Collect collect) {
            Holder holder = holders.get(collect.holder % holders.size());
            for (Change change : collect.changes) {
              change.apply(holder.shard.changes());
              holder.pending.add(change);
            }
          } else if (step instanceof Step.Commit commit) {
            if (commit.poison && !poisoned) {
              refusePoison();
              poisoned = true;
            }
            commit(holders.get(commit.holder % holders.size()), commit.poison);
          } else if (step instanceof Step.Die die) {
            holders.remove(die.holder % holders.size()).shard.close();
          }
        }
      }
      for (ComponentModel component : components) {
        for (int i = 0; !component.generations.isEmpty() && i < component.newest().size(); i++) {
          acquire(
              store,
              new Step.Acquire(component == components.get(1), 0, i, 0),
              components,
              holders,
              names);
        }
      }
    } finally {
      holders.forEach(holder -> holder.shard.close());
    }
  }

  private void acquire(
      JdbcStateStore store,
      Step.Acquire acquire,
      List<ComponentModel> components,
      List<Holder> holders,
      Map<String, ShardModel> names) {
    ComponentModel component = components.get(acquire.second ? 1 : 0);
    boolean first = component.generations.isEmpty();
    int tasks = acquire.tasks > 0 ? acquire.tasks : first ? 2 : component.newest().size();
    int index = acquire.index % tasks;
    long deployment = Math.max(0, component.deployment + acquire.redeployed);
    StateStore.Task task =
        new StateStore.Task(acquire.second ? "two" : "one", "bolt", index, tasks, deployment);
    if (deployment < component.deployment) {
      assertThatThrownBy(() -> store.acquire(task))
          .isInstanceOf(IllegalStateException.class)
          .hasMessageContaining(
              "bolt: task must belong to the newest deployment, which is "
                  + component.deployment
                  + ": "
                  + deployment);
      return;
    }
    component.deployment = deployment;
    if (first || component.newest().size() != tasks) {
      List<ShardModel> shards = new ArrayList<>();
      for (int i = 0; i < tasks; i++) {
        shards.add(new ShardModel());
      }
      component.generations.add(shards);
    }
    Holder holder = new Holder();
    holder.topology = task.topology();
    holder.component = component;
    holder.model = component.newest().get(index);
    holder.shard = store.acquire(task);
    holders.add(holder);
    assertThat(holder.shard.epoch()).isGreaterThan(component.epoch);
    component.epoch = holder.shard.epoch();
    holder.model.epoch = component.epoch;
    assertThat(holder.shard.name()).matches("bolt/\\d+/" + index);
    assertThat(names.computeIfAbsent(task.topology() + holder.shard.name(), n -> holder.model))
        .isSameAs(holder.model);
    assertThat(seen(holder.shard)).containsExactlyInAnyOrderElementsOf(expected(component, index));
  }

  private void commit(Holder holder, boolean poison) throws SQLException {
    if (!holder.usable) {
      assertThatThrownBy(holder.shard::commit)
          .isInstanceOf(IllegalStateException.class)
          .hasMessageContaining(
              "shard must be acquired again after a failed commit or after close");
      return;
    }
    if (poison) {
      holder.shard.changes().scope("outbox").put("poison", 0, POISON);
    }
    if (!holder.current()) {
      assertThatThrownBy(holder.shard::commit)
          .isInstanceOf(FencedException.class)
          .hasMessageContaining(holder.shard.name() + ", epoch " + holder.shard.epoch());
      holder.usable = false;
      return;
    }
    if (poison) {
      assertThatThrownBy(holder.shard::commit)
          .isInstanceOf(IllegalStateException.class)
          .hasMessageContaining("state store must accept the changes");
      holder.usable = false;
      return;
    }
    holder.shard.commit();
    if (holder.model.committed == null) {
      holder.model.committed = new ArrayList<>();
    }
    holder.model.committed.addAll(holder.pending);
    holder.pending.clear();
    if (holder.component.complete()) {
      List<List<ShardModel>> generations = holder.component.generations;
      generations.subList(0, generations.size() - 1).clear();
      assertThat(
              number(
                  "SELECT COUNT(DISTINCT generation) FROM %sshard WHERE topology = '%s'"
                      .formatted(prefix(), holder.topology)))
          .isEqualTo(1);
      for (String table : List.of("state", "scope", "log")) {
        assertThat(
                number(
                    "SELECT COUNT(*) FROM %1$s%2$s WHERE shard NOT IN (SELECT id FROM %1$sshard)"
                        .formatted(prefix(), table)))
            .as(table)
            .isZero();
      }
    }
  }

  private long number(String select) throws SQLException {
    try (Connection connection = DriverManager.getConnection(url());
        Statement statement = connection.createStatement();
        ResultSet row = statement.executeQuery(select)) {
      row.next();
      return row.getLong(1);
    }
  }

  private void refusePoison() throws SQLException {
    try (Connection connection = DriverManager.getConnection(url());
        Statement statement = connection.createStatement()) {
      refusePoison(statement);
    }
  }

  // ---------------------------------------------------------------- threads

  @Example
  void acquire_allTasksAtOnce_distributesTheStateInAnyOrder() throws Exception {
    JdbcStateStore store = store();
    Set<Long> epochs = new HashSet<>();
    Map<Object, Integer> owners = new HashMap<>();
    for (int tasks : new int[] {4, 3, 8, 2}) {
      Map<Object, Integer> before = Map.copyOf(owners);
      owners.clear();
      List<StateStore.Shard> shards = acquireAtOnce(store, tasks);
      int counterOwners = 0;
      for (int i = 0; i < tasks; i++) {
        StateStore.Shard shard = shards.get(i);
        assertThat(epochs.add(shard.epoch())).isTrue();
        for (StateStore.SavedShard saved : shard.saved()) {
          assertThat(saved.isOwnShard()).isFalse();
          counterOwners += saved.ownsCounters() ? 1 : 0;
          int task = i;
          saved
              .state()
              .forEach(
                  (key, part, state) -> {
                    if (saved.ownsKey().test(key)) {
                      assertThat(before).containsKey(key);
                      assertThat(owners.put(key, task)).as("second owner of %s", key).isNull();
                    }
                  });
        }
      }
      assertThat(owners.keySet()).isEqualTo(before.keySet());
      assertThat(counterOwners).isEqualTo(before.isEmpty() ? 0 : shardsBefore);
      for (long key = 0; key < 100; key++) {
        owners.put(key, TupleUtils.chooseTaskIndex(List.of(key), tasks));
      }
      owners.forEach((key, task) -> shards.get(task).changes().put(key, 0, new byte[] {1}));
      atOnce(shards.stream().map(shard -> task(shard::commit)).toList());
      assertThat(number("SELECT COUNT(DISTINCT generation) FROM %sshard".formatted(prefix())))
          .isEqualTo(1);
      shards.forEach(StateStore.Shard::close);
      shardsBefore = tasks;
    }
  }

  private int shardsBefore;

  /** A commit would be lost if it were fenced too late, or if a holder read too early. */
  @Example
  void commit_whileOthersAcquire_isCountedOnce() throws Exception {
    JdbcStateStore store = store(100);
    StateStore.Task task = new StateStore.Task("job", "bolt", 0, 1, 0);
    List<Callable<Integer>> workers = new ArrayList<>();
    for (int i = 0; i < 4; i++) {
      workers.add(
          () -> {
            int committed = 0;
            for (int turn = 0; turn < 25; turn++) {
              try (StateStore.Shard shard = store.acquire(task)) {
                long count = count(shard);
                for (int commits = 0; commits < 5; commits++) {
                  shard
                      .changes()
                      .putOperatorState(ByteBuffer.allocate(Long.BYTES).putLong(++count).array());
                  shard.commit();
                  committed++;
                }
              } catch (FencedException e) {
                // Expected: another worker has acquired the shard.
              }
            }
            return committed;
          });
    }
    int committed = atOnce(workers).stream().mapToInt(Integer::intValue).sum();
    try (StateStore.Shard shard = store.acquire(task)) {
      assertThat(count(shard)).isEqualTo(committed).isPositive();
    }
  }

  private static long count(StateStore.Shard shard) {
    return shard.saved().isEmpty()
        ? 0
        : ByteBuffer.wrap(shard.saved().get(0).state().operatorState()).getLong();
  }

  private static List<StateStore.Shard> acquireAtOnce(JdbcStateStore store, int tasks)
      throws Exception {
    List<Callable<StateStore.Shard>> all = new ArrayList<>();
    for (int i = 0; i < tasks; i++) {
      StateStore.Task task = new StateStore.Task("job", "bolt", i, tasks, 1);
      all.add(() -> store.acquire(task));
    }
    return atOnce(all);
  }

  private static Callable<Void> task(Runnable action) {
    return () -> {
      action.run();
      return null;
    };
  }

  private static <T> List<T> atOnce(List<Callable<T>> actions) throws Exception {
    ExecutorService threads = Executors.newFixedThreadPool(actions.size());
    try {
      CyclicBarrier start = new CyclicBarrier(actions.size());
      List<Future<T>> futures = new ArrayList<>();
      for (Callable<T> action : actions) {
        futures.add(
            threads.submit(
                () -> {
                  start.await();
                  return action.call();
                }));
      }
      List<T> results = new ArrayList<>();
      for (Future<T> future : futures) {
        results.add(future.get());
      }
      return results;
    } finally {
      threads.shutdownNow();
    }
  }

  /** Returns a key of 4,000 letters that no index compresses to the size of a page. */
  static String longKey() {
    StringBuilder key = new StringBuilder();
    new Random(1).ints(4_000, 0x4e00, 0x9f00).forEach(letter -> key.append((char) letter));
    return key.toString();
  }

  @Example
  void commit_keyTooLongForAnIndex_isKeptAndRemoved() {
    StateStore.Task task = new StateStore.Task("job", "bolt", 0, 1, 0);
    String key = longKey();
    for (int start = 0; start < 3; start++) {
      try (StateStore.Shard shard = store(20_000).acquire(task)) {
        Map<Object, List<Long>> parts = new HashMap<>();
        shard
            .saved()
            .forEach(
                saved ->
                    saved
                        .state()
                        .scope("processor")
                        .forEach(
                            (found, part, state) -> {
                              assertThat(state).hasSize(500);
                              parts.computeIfAbsent(found, k -> new ArrayList<>()).add(part);
                            }));
        assertThat(parts.get(key)).isEqualTo(start == 1 ? List.of(0L, 1L) : null);
        assertThat(parts).hasSize(start == 0 ? 0 : start == 1 ? 3 : 2);
        for (int i = 0; i < 100; i++) { // the log is folded into the rows several times
          StateWriter<Object> to = shard.changes().scope("processor");
          to.put("k" + i % 2, 0, new byte[500]);
          if (i % 10 == 0 && start == 0) {
            to.put(key, i / 10 % 2, new byte[500]);
          } else if (i == 0) {
            to.remove(key);
          }
          shard.commit();
        }
      }
    }
  }
}
