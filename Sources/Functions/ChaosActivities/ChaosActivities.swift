import Experiments

/// The native activities that Tocsin brings.
public enum ChaosActivities {}
