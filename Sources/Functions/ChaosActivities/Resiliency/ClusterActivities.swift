import Experiments
import JSON

/// The activities of `resiliencyvr.k8s` that ask the API server.
///
/// The region is that of the argument, else that of the configuration; the originals have `us-east-1`.
extension ChaosActivities {
    static var resiliencyCluster: [NativeActivity] { clusterActions + clusterProbes }

    private static let region = NativeActivity.Argument("region", .text, .null)

    private static var clusterActions: [NativeActivity] {
        let module = "resiliencyvr.k8s.actions"
        return [
            // Without an undo: the pods' controllers make others in their place.
            .kubernetes(
                module, "kill_pods", .action, "Deletes pods of an EKS cluster.",
                arguments: [
                    .init("cluster_name", .text), .init("name_space", .text), .init("pod_name_pattern", .text),
                    .init("num_pods_to_kill", .any, "1"), .init("test_target_type", .text, "RANDOM"), region,
                ],
                calls: [
                    .read("eks:DescribeCluster"), .kubernetes("list", "pods"), .kubernetes("delete", "pods"),
                ], choice: "running pods whose names match: num_pods_to_kill at random, or ALL",
                targets: EKSPods.targets, run: EKSPods.kill),
            .kubernetes(
                module, "eks_update_image_tag", .action,
                "Gives the first container of a deployment in an EKS cluster another image tag.",
                arguments: [
                    .init("cluster_name", .text), .init("failed_image_tag", .text), .init("pod_name_pattern", .text),
                    .init("name_space", .text), region,
                ],
                calls: [
                    .read("eks:DescribeCluster"), .kubernetes("get", "deployments.apps"),
                    .kubernetes("patch", "deployments.apps"),
                ], choice: "the deployment <pod_name_pattern>-<name_space>", targets: EKSImage.targets,
                undo: EKSImage.oldImage, run: EKSImage.update),
            // Without an undo: the load ends with the action.
            .aws(
                module, "stress_eks_api", .action, "Calls EKS again and again, at a limited rate.",
                arguments: [
                    .init("api_stress_duration", .any), .init("intensity", .any), region,
                    // Not in the original, which takes the first cluster of the list.
                    .init("cluster_name", .text, .null),
                ], calls: [.read("eks:ListClusters"), .read("eks:DescribeCluster")],
                choice: "the cluster that cluster_name says, or the first", targets: EKSLoad.targets,
                run: EKSLoad.run),
        ]
    }

    private static var clusterProbes: [NativeActivity] {
        let arguments: [NativeActivity.Argument] = [
            .init("cluster_name", .text), .init("pod_name", .text), .init("namespace", .text), region,
        ]
        let calls: [NativeActivity.Call] = [.read("eks:DescribeCluster"), .kubernetes("list", "pods")]
        return [
            .kubernetes(
                "resiliencyvr.k8s.probes", "assert_pod_healthy", .probe,
                "Whether a pod with the text in its name has a container that runs and is ready.",
                arguments: arguments, calls: calls, run: EKSPods.isHealthy),
            .kubernetes(
                "resiliencyvr.k8s.probes", "assert_pod_rebuilt", .probe,
                "Whether more than one pod with the text in its name is ready.", arguments: arguments, calls: calls,
                run: EKSPods.isRebuilt),
        ]
    }
}
