/// Reports on experiments from their journals.
public enum ExperimentReport {}
