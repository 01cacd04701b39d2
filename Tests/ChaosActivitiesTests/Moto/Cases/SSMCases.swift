import JSON

extension MotoTests.ChaosawsTests {
    /// chaosaws works only with all of the options.
    static let ssm: [Case] = [
        Case(
            "instances", "ssm.actions.send_command",
            [
                "document_name": "AWS-RunShellScript", "targets": [["Key": "tag:app", "Values": ["web"]]],
                "document_version": "1", "parameters": ["commands": ["true"]], "timeout_seconds": 60,
                "max_concurrency": "1", "max_errors": "0",
            ],
            // The instances are named instead of the tags, and a comment marks it. moto counts others with them.
            except: ["Comment", "InstanceIds", "Targets", "TargetCount", "CompletedCount"]),
        Case("instances", "ssm.actions.send_command", ["document_name": ""]),
    ]
}
