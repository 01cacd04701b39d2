public import Experiments

/// The native activities that Tocsin brings.
public enum ChaosActivities {
    /// All activities, and the modules that stand for others.
    ///
    /// Computed, so that the linker drops the activities in a program that does not name them.
    public static var registry: ActivityRegistry { ActivityRegistry(all, aliases: aliases) }

    /// All activities, service by service.
    public static var all: [NativeActivity] {
        ec2Actions + ec2Probes + autoScalingActions + autoScalingProbes + ecsActions + ecsProbes + cloudWatchProbes
            + ssmActions + lambdaActions + lambdaProbes + standardLibrary
    }

    /// The package of the resiliency framework was renamed twice; experiments of every generation name it.
    static let aliases = ["experimentvr": "resiliencyvr", "activities": "resiliencyvr"]
}
