package io.thalweg.model;

import io.thalweg.Codec;
import io.thalweg.Counters;
import io.thalweg.feature.FeatureSchema;
import java.io.DataInput;
import java.io.IOException;
import java.io.StreamCorruptedException;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeSet;
import java.util.function.Function;

/**
 * The versions of the models of a {@link Scoring} that can still be valid for a row, in the order
 * of their validity; at one time the shadows after the live ones.
 */
final class ModelVersions {

  private static final Comparator<Version> ORDER =
      Comparator.comparingLong((Version each) -> each.validFrom)
          .thenComparing(each -> each.shadow)
          .thenComparing(each -> each.name);

  /** Version of a model. */
  static final class Version {
    final String name;
    final long validFrom;
    final boolean shadow;

    /** Null for the initial model, which is part of the program. */
    private final ModelRelease release;

    /** Null until it is loaded. */
    private Model model;

    private Version(
        String name, long validFrom, boolean shadow, ModelRelease release, Model model) {
      this.name = name;
      this.validFrom = validFrom;
      this.shadow = shadow;
      this.release = release;
      this.model = model;
    }

    private static Version of(ModelRelease release, Model model) {
      return new Version(release.version(), release.validFrom(), release.shadow(), release, model);
    }
  }

  private record Saved(Set<String> names, List<ModelRelease> releases) {}

  private static final Codec<Saved> CODEC =
      Codec.of(
          "thalweg.model.releases",
          (saved, out) -> {
            out.writeInt(saved.names.size());
            for (String name : saved.names) {
              Codec.writeNested(Codec.STRING, name, out);
            }
            out.writeInt(saved.releases.size());
            for (ModelRelease release : saved.releases) {
              Codec.writeNested(ModelRelease.CODEC, release, out);
            }
          },
          in -> {
            Set<String> names = new TreeSet<>();
            for (int left = count(in); left > 0; left--) {
              names.add(Codec.readNested(Codec.STRING, in));
            }
            List<ModelRelease> releases = new ArrayList<>();
            for (int left = count(in); left > 0; left--) {
              releases.add(Codec.readNested(ModelRelease.CODEC, in));
            }
            return new Saved(names, releases);
          });

  private final FeatureSchema schema;
  private final Map<String, Function<byte[], ? extends Model>> formats;
  private final List<Version> held = new ArrayList<>();

  /** The names of all releases that were accepted. */
  private final Set<String> names = new TreeSet<>();

  private long heldFrom = Long.MIN_VALUE;
  private boolean changed;

  /**
   * Creates the versions before the first release.
   *
   * @param initialName the name of the initial version
   * @param initial the initial model; null if there is none
   */
  ModelVersions(
      FeatureSchema schema,
      Map<String, Function<byte[], ? extends Model>> formats,
      String initialName,
      Model initial) {
    this.schema = schema;
    this.formats = Map.copyOf(formats);
    if (initial != null) {
      held.add(new Version(initialName, Long.MIN_VALUE, false, null, initial));
    }
  }

  int count() {
    return held.size();
  }

  Version get(int index) {
    return held.get(index);
  }

  /** Returns the smallest timestamp of a row whose model was not removed. */
  long heldFrom() {
    return heldFrom;
  }

  /**
   * Returns the model of a version, and loads it after a restore.
   *
   * @throws IllegalStateException if the loader, which has loaded it before, throws
   */
  Model model(Version version) {
    if (version.model == null) {
      try {
        version.model = load(version.release);
      } catch (RuntimeException e) {
        throw new IllegalStateException(
            "saved model must be readable, as it was when it was released: version "
                + version.name
                + ": "
                + e,
            e);
      }
    }
    return version.model;
  }

  private Model load(ModelRelease release) {
    return formats.get(release.format()).apply(release.bytes());
  }

  /**
   * Adds a release.
   *
   * @param timestamp the timestamp of its message
   * @return the reason to refuse it; null if it was added
   */
  String add(ModelRelease release, long timestamp, long watermark) {
    String refusal = refusal(release, timestamp, watermark);
    if (refusal != null) {
      return refusal;
    }
    Model model;
    try {
      model = load(release);
    } catch (RuntimeException | StackOverflowError | LinkageError e) {
      return "model must be readable by the loader of format "
          + release.format()
          + ": "
          + (e instanceof IllegalArgumentException ? e.getMessage() : e);
    }
    if (model == null) {
      return "loader of format " + release.format() + " must return a model: null";
    }
    refusal = refusal(schema, model);
    if (refusal != null) {
      close(model);
      return refusal;
    }
    held.add(Version.of(release, model));
    held.sort(ORDER);
    names.add(release.version());
    changed = true;
    return null;
  }

  /** Returns the reason to refuse a release, except for its model; null to accept it. */
  private String refusal(ModelRelease release, long timestamp, long watermark) {
    if (release.validFrom() <= timestamp) {
      return "validFrom must be after the timestamp of the message, since a release is published before it is valid: "
          + release.validFrom()
          + ", timestamp "
          + timestamp;
    }
    if (release.validFrom() < watermark) {
      return "validFrom must not be behind the watermark, since rows up to it are scored: "
          + release.validFrom()
          + ", watermark "
          + watermark;
    }
    if (names.contains(release.version())
        || held.stream().anyMatch(each -> each.name.equals(release.version()))) {
      return "version must be new, but it was released before";
    }
    if (release.schemaHash() != schema.hash()) {
      return "schema hash must be that of the features, %016x; train the model on them: %016x"
          .formatted(schema.hash(), release.schemaHash());
    }
    if (!formats.containsKey(release.format())) {
      return "format must be one of " + new TreeSet<>(formats.keySet()) + ": " + release.format();
    }
    return null;
  }

  /** Returns the reason to refuse a model; null to accept it. */
  static String refusal(FeatureSchema schema, Model model) {
    int width = model.features().size();
    return width == schema.size()
        ? null
        : "model must have as many features as the schema, " + schema.size() + ": " + width;
  }

  /**
   * Removes and closes the versions before the last live one that is valid at a time.
   *
   * @param reached the time before which no row is expected
   * @param failures counts the models that throw when they are closed
   */
  void removeReplaced(long reached, Counters.Counter failures) {
    for (int i = held.size() - 1; i > 0; i--) {
      Version live = held.get(i);
      if (!live.shadow && live.validFrom <= reached) {
        heldFrom = live.validFrom;
        List<Version> before = held.subList(0, i);
        for (Version version : before) {
          if (!close(version.model)) {
            failures.increment();
          }
        }
        before.clear();
        changed = true;
        return;
      }
    }
  }

  /** Closes a model if it can be closed; returns false if it throws. */
  private static boolean close(Model model) {
    if (model instanceof AutoCloseable closeable) {
      try {
        closeable.close();
      } catch (Exception e) {
        return false;
      }
    }
    return true;
  }

  /** Returns true if versions came or were removed since {@link #markSaved}. */
  boolean changed() {
    return changed;
  }

  void markSaved() {
    changed = false;
  }

  byte[] encode() {
    List<ModelRelease> releases =
        held.stream().filter(each -> each.release != null).map(each -> each.release).toList();
    return CODEC.encode(new Saved(names, releases));
  }

  /**
   * Adds the releases of a saved shard. Those that another shard had are not added again. If it
   * throws, nothing has changed.
   *
   * @param savedFrom {@link #heldFrom} of the shard
   */
  void restore(byte[] bytes, long savedFrom) {
    Saved saved = CODEC.decode(bytes);
    List<Version> more = new ArrayList<>();
    for (ModelRelease release : saved.releases) {
      if (isNew(release)) {
        more.add(Version.of(release, null));
      }
    }
    held.addAll(more);
    held.sort(ORDER);
    names.addAll(saved.names);
    heldFrom = Math.max(heldFrom, savedFrom);
    held.removeIf(version -> version.validFrom < heldFrom);
    changed = true;
  }

  private boolean isNew(ModelRelease release) {
    if (!formats.containsKey(release.format())) {
      throw new IllegalArgumentException(
          "formats must include that of saved version "
              + release.version()
              + "; keep it until the version is replaced: "
              + release.format());
    }
    for (Version version : held) {
      if (version.release != null && version.name.equals(release.version())) {
        if (!version.release.equals(release)) {
          throw new IllegalArgumentException(
              "shards must have the same release of a version: "
                  + version.release
                  + " and "
                  + release);
        }
        return false;
      }
    }
    return true;
  }

  private static int count(DataInput in) throws IOException {
    int count = in.readInt();
    if (count < 0) {
      throw new StreamCorruptedException("count must not be negative: " + count);
    }
    return count;
  }
}
