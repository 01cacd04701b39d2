public import Experiments

/// The native activities that Tocsin brings.
public enum ChaosActivities {
    /// All activities, and the modules that stand for others.
    ///
    /// Computed, so that the linker drops the activities in a program that does not name them.
    public static var registry: ActivityRegistry {
        ActivityRegistry(all, aliases: aliases, prefix: "gpn_", controls: controls)
    }

    /// All activities, service by service.
    public static var all: [NativeActivity] {
        let groups = [
            ec2Actions, ec2Probes, autoScalingActions, autoScalingProbes, ecsActions, ecsProbes, eks, elbv2,
            cloudWatchProbes, eventRules, iam, lambdaActions, lambdaProbes, lambdaFaults, s3, ssmActions, route53, rds,
            elastiCache, msk, emr, xray, incidents, fis, awsCalls, serviceFaults, availabilityZones,
            resiliencyInstances, resiliencyHosts, resiliencyPods, resiliencyNetworks, resiliencyCluster, load,
            kubernetesPods, kubernetesNodes, kubernetesWorkloads, kubernetesObjects, kubernetesNetworking, chaosMesh,
            standardLibrary,
        ]
        return groups.flatMap(\.self)
    }

    /// The controls of Chaos Toolkit's extensions that act, and do not only decide on the run.
    public static var controls: [NativeActivity] { [journalUpload] }

    /// The package of the resiliency framework was renamed twice; experiments of every generation name it.
    static let aliases = ["experimentvr": "resiliencyvr", "activities": "resiliencyvr"]
}
