package io.thalweg.rank;

import static java.util.Objects.requireNonNull;

import io.thalweg.Aggregate;
import io.thalweg.Codec;
import io.thalweg.DeltaCodec;
import java.io.DataInput;
import java.io.DataOutput;
import java.io.IOException;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.function.Function;

/**
 * Aggregate with the state of a score for each member. Its result lists the members with the best
 * scores.
 */
class StandingsAggregate<E, M extends Comparable<? super M>, A, S extends Comparable<? super S>>
    implements Aggregate<E, MemberScores<M, A>, Standings<M, S>> {

  private final int k;
  private final Function<? super E, ? extends M> member;
  private final Codec<M> members;
  private final Aggregate<E, A, S> score;
  private final Codec<MemberScores<M, A>> codec = new MemberScoresCodec();

  StandingsAggregate(
      int k, Function<? super E, ? extends M> member, Codec<M> members, Aggregate<E, A, S> score) {
    this.k = TopK.checkK(k);
    this.member = requireNonNull(member, "member");
    this.members = requireNonNull(members, "members");
    this.score = requireNonNull(score, "score");
  }

  @Override
  public MemberScores<M, A> create() {
    return new MemberScores<>();
  }

  @Override
  public void check(E event) {
    if (member.apply(event) == null) {
      throw new IllegalArgumentException("an event must have a member: " + event);
    }
    score.check(event);
  }

  @Override
  public void add(MemberScores<M, A> state, E event) {
    M name = member.apply(event);
    score.add(scoreOf(name, state), event);
    if (state.changed != null) {
      state.changed.add(name);
    }
  }

  /** Returns the score of a member. */
  S score(A held, MemberScores<M, A> state) {
    return score.result(held);
  }

  /** Returns whether a member is ranked. */
  boolean ranks(A held, MemberScores<M, A> state) {
    return true;
  }

  private A scoreOf(M name, MemberScores<M, A> state) {
    A held = state.scores.get(name);
    if (held == null) {
      held = score.create();
      state.scores.put(name, held);
    }
    return held;
  }

  @Override
  public void merge(MemberScores<M, A> target, MemberScores<M, A> source) {
    source.scores.forEach((name, held) -> score.merge(scoreOf(name, target), held));
    target.changed = null;
  }

  @Override
  public void clear(MemberScores<M, A> state) {
    state.clear();
  }

  @Override
  public Standings<M, S> result(MemberScores<M, A> state) {
    TopK<Map.Entry<M, S>> best = new TopK<>(k, order());
    long ranked = 0;
    for (Map.Entry<M, A> each : state.scores.entrySet()) {
      if (ranks(each.getValue(), state)) {
        best.add(Map.entry(each.getKey(), score(each.getValue(), state)));
        ranked++;
      }
    }
    List<Standing<M, S>> top = new ArrayList<>();
    best.toList().forEach(entry -> list(top, entry.getKey(), entry.getValue()));
    return new Standings<>(top, ranked);
  }

  private static <M extends Comparable<? super M>, S extends Comparable<? super S>>
      Comparator<Map.Entry<M, S>> order() {
    return Map.Entry.<M, S>comparingByValue()
        .thenComparing(Map.Entry.comparingByKey(Comparator.<M>naturalOrder().reversed()));
  }

  /** Appends the next standing to the list. */
  static <M, S> void list(List<Standing<M, S>> top, M name, S value) {
    int place = top.size() + 1;
    Standing<M, S> before = place == 1 ? null : top.get(place - 2);
    boolean shares = before != null && before.score().equals(value);
    top.add(new Standing<>(shares ? before.rank() : place, name, value));
  }

  @Override
  public Codec<MemberScores<M, A>> codec() {
    return codec;
  }

  /**
   * Writes {@code long} newest time and {@code long} half-life of the last sweep, used by decaying
   * scores; {@code int} version of the codec of the members and of the scores; {@code int} number
   * of members, then for each the member and the state of its score. A delta has the same form,
   * with only the members whose score has changed.
   */
  private final class MemberScoresCodec implements DeltaCodec<MemberScores<M, A>> {

    @Override
    public String name() {
      return "thalweg.ranking of " + members.name() + " by " + score.codec().name();
    }

    @Override
    public void write(MemberScores<M, A> value, DataOutput out) throws IOException {
      write(value, value.scores.keySet(), out);
    }

    private void write(MemberScores<M, A> value, Set<M> names, DataOutput out) throws IOException {
      out.writeLong(value.newest);
      out.writeLong(value.swept);
      out.writeInt(members.version());
      out.writeInt(score.codec().version());
      out.writeInt(names.size());
      for (M name : names) {
        members.write(name, out);
        score.codec().write(value.scores.get(name), out);
      }
    }

    @Override
    public MemberScores<M, A> read(DataInput in, int version) throws IOException {
      MemberScores<M, A> read = new MemberScores<>();
      int size = readChanged(read, in);
      if (size != read.scores.size()) {
        throw new IOException("members must differ, " + size + ": " + read.scores.size());
      }
      return read;
    }

    private int readChanged(MemberScores<M, A> value, DataInput in) throws IOException {
      value.newest = in.readLong();
      value.swept = in.readLong();
      int memberVersion = Codec.readVersion(members, in);
      int scoreVersion = Codec.readVersion(score.codec(), in);
      int size = in.readInt();
      if (size < 0) {
        throw new IOException("number of members must not be negative: " + size);
      }
      for (int i = 0; i < size; i++) {
        M name = members.read(in, memberVersion);
        value.scores.put(name, score.codec().read(in, scoreVersion));
      }
      return size;
    }

    @Override
    public void startDeltas(MemberScores<M, A> value) {
      value.startDeltas();
    }

    @Override
    public boolean needsFull(MemberScores<M, A> value) {
      return value.needsFull();
    }

    @Override
    public void writeDelta(MemberScores<M, A> value, DataOutput out) throws IOException {
      write(value, value.changed, out);
      value.markDeltaSaved();
    }

    @Override
    public void readDelta(MemberScores<M, A> value, DataInput in, int version) throws IOException {
      readChanged(value, in);
    }
  }
}
