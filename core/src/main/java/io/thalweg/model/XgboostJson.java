package io.thalweg.model;

import static io.thalweg.model.TreeTable.require;

import com.fasterxml.jackson.core.json.JsonReadFeature;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.json.JsonMapper;
import java.io.IOException;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;

/**
 * Reader of the JSON format of XGBoost (the schema is {@code doc/model.schema} of its sources). The
 * only class of the package that needs Jackson.
 */
final class XgboostJson {

  private XgboostJson() {}

  static TreeEnsemble read(byte[] json) throws IOException {
    // Nodes that split by category have the threshold NaN.
    JsonMapper mapper =
        JsonMapper.builder().enable(JsonReadFeature.ALLOW_NON_NUMERIC_NUMBERS).build();
    JsonNode root = mapper.readTree(json);
    require(root != null && root.isObject(), "XGBoost model must be a JSON object", root);
    JsonNode learner = field(root, "learner");
    JsonNode parameters = field(learner, "learner_model_param");
    require(
        count(parameters, "num_class") <= 1 && parameters.path("num_target").asInt(1) == 1,
        "model must have one output, but num_class is",
        parameters.path("num_class").asText());
    JsonNode booster = field(learner, "gradient_booster");
    String name = field(booster, "name").asText();
    require(name.equals("gbtree") || name.equals("dart"), "booster must be gbtree or dart", name);
    JsonNode model = field(name.equals("dart") ? field(booster, "gbtree") : booster, "model");
    TreeTable table = new TreeTable(features(learner, count(parameters, "num_feature")));
    JsonNode trees = field(model, "trees");
    JsonNode weights = booster.path("weight_drop");
    for (int i = 0; i < trees.size(); i++) {
      double weight = name.equals("dart") ? weights.path(i).asDouble(1) : 1;
      table.add(new TreeReader(trees.get(i), (float) weight).read());
    }
    String objective = field(field(learner, "objective"), "name").asText();
    String base = field(parameters, "base_score").asText().replaceAll("[\\[\\]]", "");
    Link link = link(objective);
    return new TreeEnsemble(table, margin(objective, Float.parseFloat(base)), 1, link);
  }

  private static List<String> features(JsonNode learner, int count) {
    JsonNode names = learner.path("feature_names");
    require(
        count >= 1 && count <= 1 << 20 && (names.isEmpty() || names.size() == count),
        "feature_names must be as many as num_feature, " + count,
        names.size());
    List<String> features = new ArrayList<>();
    for (int i = 0; i < count; i++) {
      features.add(names.isEmpty() ? "f" + i : names.get(i).asText());
    }
    return features;
  }

  private static Link link(String objective) {
    return switch (objective) {
      case "binary:logistic", "reg:logistic" -> new Link(Link.Kind.LOGISTIC, 1, true);
      case "count:poisson", "reg:gamma", "reg:tweedie" -> new Link(Link.Kind.EXPONENTIAL, 1, true);
      case "reg:squarederror",
          "reg:linear",
          "reg:squaredlogerror",
          "reg:pseudohubererror",
          "reg:absoluteerror",
          "reg:quantileerror",
          "binary:logitraw",
          "rank:pairwise",
          "rank:ndcg",
          "rank:map" ->
          new Link(Link.Kind.IDENTITY, 1, true);
      default ->
          throw new IllegalArgumentException(
              "tree model: objective must be a known one with one output: " + objective);
    };
  }

  /** Returns the sum from which the trees start. The base score is in the unit of predictions. */
  private static double margin(String objective, float base) {
    return switch (objective) {
      case "binary:logistic", "reg:logistic" -> (float) -Math.log(1f / base - 1f);
      case "count:poisson", "reg:gamma", "reg:tweedie" -> (float) Math.log(base);
      default -> base;
    };
  }

  private static JsonNode field(JsonNode of, String name) {
    JsonNode value = of.get(name);
    require(value != null, "field must be present", name);
    return value;
  }

  private static int count(JsonNode of, String name) {
    try {
      return Integer.parseInt(field(of, name).asText());
    } catch (NumberFormatException e) {
      throw new IllegalArgumentException(
          "tree model: " + name + " must be a whole number: " + of.get(name), e);
    }
  }

  /** Reader of a tree, which numbers nodes and leaves anew, parents first. */
  private static final class TreeReader {
    private final JsonNode left;
    private final JsonNode right;
    private final JsonNode indices;
    private final JsonNode conditions;
    private final JsonNode defaultLeft;
    private final JsonNode splitType;
    private final JsonNode tree;
    private final float weight;
    private final int[] number;
    private final List<Integer> nodes = new ArrayList<>();
    private final List<Integer> leaves = new ArrayList<>();

    TreeReader(JsonNode tree, float weight) {
      this.tree = tree;
      this.weight = weight;
      left = field(tree, "left_children");
      right = field(tree, "right_children");
      indices = field(tree, "split_indices");
      conditions = field(tree, "split_conditions");
      defaultLeft = field(tree, "default_left");
      splitType = tree.path("split_type");
      number = new int[left.size()];
      for (JsonNode each : List.of(right, indices, conditions, defaultLeft)) {
        require(each.size() == left.size(), "arrays of a tree must be of one length", each.size());
      }
    }

    TreeTable.Tree read() {
      require(left.size() >= 1, "tree must have a node", left.size());
      List<Integer> open = new ArrayList<>(List.of(0));
      while (!open.isEmpty()) {
        int node = open.remove(open.size() - 1);
        require(
            node >= 0 && node < left.size() && nodes.size() + leaves.size() < left.size(),
            "child must be a node of its tree, with one parent",
            node);
        if (left.get(node).asInt() < 0) {
          number[node] = ~leaves.size();
          leaves.add(node);
        } else {
          number[node] = nodes.size();
          nodes.add(node);
          open.add(right.get(node).asInt());
          open.add(left.get(node).asInt());
        }
      }
      int n = nodes.size();
      TreeTable.Tree read =
          new TreeTable.Tree(
              new int[n],
              new double[n],
              new int[n],
              new int[n],
              new boolean[n],
              new boolean[n],
              new long[n][],
              new double[leaves.size()]);
      for (int i = 0; i < n; i++) {
        int node = nodes.get(i);
        read.feature()[i] = indices.get(node).asInt();
        read.left()[i] = number[left.get(node).asInt()];
        read.right()[i] = number[right.get(node).asInt()];
        JsonNode toLeft = defaultLeft.get(node);
        read.missingLeft()[i] = toLeft.isBoolean() ? toLeft.asBoolean() : toLeft.asInt() != 0;
        if (splitType.path(node).asInt() == 1) {
          read.categories()[i] = categories(node);
        } else {
          read.threshold()[i] = largestBelow((float) conditions.get(node).asDouble());
        }
      }
      for (int i = 0; i < leaves.size(); i++) {
        read.leaves()[i] = weight * (float) conditions.get(leaves.get(i)).asDouble();
      }
      return read;
    }

    /** Reads the set of categories of a node. */
    private long[] categories(int node) {
      JsonNode of = field(tree, "categories_nodes");
      for (int i = 0; i < of.size(); i++) {
        if (of.get(i).asInt() == node) {
          int from = field(tree, "categories_segments").path(i).asInt();
          int size = field(tree, "categories_sizes").path(i).asInt();
          JsonNode values = field(tree, "categories");
          require(
              from >= 0 && size >= 0 && from <= values.size() - size,
              "categories of node " + node + " must exist",
              from);
          long[] bits = new long[1];
          for (int k = from; k < from + size; k++) {
            int category = values.get(k).asInt();
            require(category >= 0 && category < 1 << 24, "category must be below 2^24", category);
            if (category >> 6 >= bits.length) {
              bits = Arrays.copyOf(bits, (category >> 6) + 1);
            }
            bits[category >> 6] |= 1L << category;
          }
          return bits;
        }
      }
      throw new IllegalArgumentException(
          "tree model: split by category must have categories: node " + node);
    }

    /** Returns the largest double that is below the threshold once it is rounded to a float. */
    static double largestBelow(float threshold) {
      double middle = ((double) Math.nextDown(threshold) + threshold) / 2;
      return (float) middle < threshold ? middle : Math.nextDown(middle);
    }
  }
}
