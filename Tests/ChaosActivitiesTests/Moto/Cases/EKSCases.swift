import JSON

extension MotoTests.ChaosawsTests {
    private static let network: JSONValue = ["subnetIds": ["subnet-1"], "endpointPublicAccess": true]

    static let eks: [Case] = [
        Case(
            "eks", "eks.actions.create_cluster",
            ["name": "new", "role_arn": "<role>", "vpc_config": network, "version": "1.33"],
            // moto draws them, as many times as it was asked before.
            except: ["certificateAuthority", "endpoint", "identity"]),
        Case(
            "eks", "eks.actions.create_cluster",
            ["name": "front", "role_arn": "<role>", "vpc_config": network, "version": "1.33"]),
        Case("eks", "eks.actions.delete_cluster", ["name": "front"]),
        Case("eks", "eks.actions.delete_cluster", ["name": "nope"]),
        Case("eks", "eks.probes.describe_cluster", ["name": "front"]),
        Case("eks", "eks.probes.describe_cluster", ["name": "nope"]),
        Case("eks", "eks.probes.list_clusters", [:]),
        Case("", "eks.probes.list_clusters", [:], script: ["eks:ListClusters": [["clusters": []]]]),
        Case(
            "", "eks.probes.describe_cluster", ["name": "front"],
            script: ["eks:DescribeCluster": [["error": "AccessDeniedException", "message": "no", "status": 403]]]),
    ]
}
