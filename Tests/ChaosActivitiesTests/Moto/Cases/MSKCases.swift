import JSON

extension MotoTests.ChaosawsTests {
    private static let nothing =
        "arn:aws:kafka:eu-central-1:123456789012:cluster/nope/00000000-0000-0000-0000-000000000000-1"

    private static func servers(_ reply: JSONValue) -> JSONObject { ["kafka:GetBootstrapBrokers": [reply]] }

    static let msk: [Case] = [
        Case(
            "brokers", "msk.actions.reboot_msk_broker", ["cluster_arn": "<events>", "broker_ids": ["1"]],
            script: ["kafka:RebootBroker": [["ClusterArn": "<events>", "ClusterOperationArn": "arn:operation"]]]),
        Case(
            "brokers", "msk.actions.reboot_msk_broker", ["cluster_arn": "<events>", "broker_ids": ["1", "2"]],
            script: [
                "kafka:RebootBroker": [
                    ["error": "BadRequestException", "message": "one broker at a time", "status": 400]
                ]
            ]),
        Case(
            "brokers", "msk.actions.reboot_msk_broker", ["cluster_arn": .string(nothing), "broker_ids": ["1"]],
            script: [
                "kafka:DescribeCluster": [["error": "NotFoundException", "message": "no", "status": 404]],
                "kafka:RebootBroker": [["error": "NotFoundException", "message": "no", "status": 404]],
            ], uncompared: ["DescribeCluster"]),
        Case("brokers", "msk.actions.delete_cluster", ["cluster_arn": "<events>"]),
        Case(
            "", "msk.actions.delete_cluster", ["cluster_arn": .string(nothing)],
            script: [
                "kafka:DescribeCluster": [["error": "NotFoundException", "message": "no", "status": 404]],
                "kafka:DeleteCluster": [["error": "NotFoundException", "message": "no", "status": 404]],
            ], uncompared: ["DescribeCluster"]),
        Case("brokers", "msk.probes.describe_msk_cluster", ["cluster_arn": "<events>"], except: ["CreationTime"]),
        Case(
            "", "msk.probes.describe_msk_cluster", ["cluster_arn": .string(nothing)],
            script: ["kafka:DescribeCluster": [["error": "NotFoundException", "message": "no", "status": 404]]]),
        Case(
            "", "msk.probes.get_bootstrap_servers", ["cluster_arn": .string(nothing)],
            script: servers(["BootstrapBrokerString": "b-1.example:9092,b-2.example:9092"])),
        Case(
            "", "msk.probes.get_bootstrap_servers", ["cluster_arn": .string(nothing)],
            script: servers(["error": "NotFoundException", "message": "no", "status": 404])),
    ]
}
