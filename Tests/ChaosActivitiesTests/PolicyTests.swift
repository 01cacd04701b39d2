import Experiments
import JSON
import Testing

@testable import ChaosActivities

/// The IAM policy of activities allows what they call, on what they hit.
struct PolicyTests {
    private static func activity(_ name: String) throws -> NativeActivity {
        try #require(ChaosActivities.registry.all["chaosaws." + name])
    }

    private static func target(_ kind: String, _ id: String, _ region: String = "eu-central-1") -> NativeActivity.Target
    {
        NativeActivity.Target(kind: kind, id: id, region: region)
    }

    /// The resources of an action; nil when the policy does not allow it.
    private static func resources(_ action: String, in policy: JSONValue) -> JSONValue? {
        (policy["Statement"]?.elements ?? []).first { $0["Action"]?.texts.contains(action) == true }?["Resource"]
    }

    @Test("a whole policy")
    func whole() throws {
        let policy = ChaosActivities.policy(
            for: [
                (
                    try Self.activity("ec2.actions.stop_instances"),
                    [
                        Self.target("ec2:instance", "i-2"), Self.target("ec2:instance", "i-1"),
                    ]
                ),
                (try Self.activity("cloudwatch.probes.get_metric_data"), []),
            ], account: "123456789012")
        let instances: JSONValue = [
            "arn:aws:ec2:eu-central-1:123456789012:instance/i-1", "arn:aws:ec2:eu-central-1:123456789012:instance/i-2",
        ]
        #expect(
            policy == [
                "Version": "2012-10-17",
                "Statement": [
                    [
                        "Effect": "Allow", "Action": ["cloudwatch:GetMetricData", "ec2:DescribeInstances"],
                        "Resource": "*",
                    ],
                    [
                        "Effect": "Allow", "Action": ["ec2:CancelSpotInstanceRequests"],
                        "Resource": ["arn:aws:ec2:eu-central-1:123456789012:spot-instances-request/*"],
                    ],
                    // The undo starts them.
                    [
                        "Effect": "Allow",
                        "Action": ["ec2:StartInstances", "ec2:StopInstances", "ec2:TerminateInstances"],
                        "Resource": instances,
                    ],
                ],
            ])
    }

    @Test(
        "a change is limited to the targets, each service's in its own form",
        arguments: [
            (
                "asg.actions.suspend_processes", "autoscaling:autoScalingGroup", "web", "autoscaling:ResumeProcesses",
                ["arn:aws:autoscaling:eu-central-1:*:autoScalingGroup:*:autoScalingGroupName/web"]
            ),
            (
                "ecs.actions.update_desired_count", "ecs:service", "shop/front", "ecs:UpdateService",
                ["arn:aws:ecs:eu-central-1:*:service/shop/front"]
            ),
            (
                "ecs.actions.update_desired_count", "ecs:service", "shop/front", "ecs:DescribeClusters",
                ["arn:aws:ecs:eu-central-1:*:cluster/shop"]
            ),
            (
                "ecs.actions.stop_task", "ecs:task", "shop/0123", "ecs:StopTask",
                ["arn:aws:ecs:eu-central-1:*:task/shop/0123"]
            ),
            (
                "awslambda.actions.put_function_concurrency", "lambda:function", "free",
                "lambda:DeleteFunctionConcurrency", ["arn:aws:lambda:eu-central-1:*:function:free"]
            ),
            (
                "awslambda.actions.invoke_function", "lambda:function", "free", "lambda:InvokeFunction",
                ["arn:aws:lambda:eu-central-1:*:function:free", "arn:aws:lambda:eu-central-1:*:function:free:*"]
            ),
            (
                "ssm.actions.send_command", "ec2:instance", "i-1", "ssm:SendCommand",
                [
                    "arn:aws:ec2:eu-central-1:*:instance/i-1", "arn:aws:ssm:eu-central-1:*:document/*",
                    "arn:aws:ssm:eu-central-1:*:managed-instance/*",
                ]
            ),
            ("ssm.actions.send_command", "ec2:instance", "i-1", "ssm:CancelCommand", ["*"]),
            ("s3.actions.delete_object", "s3:object", "b/a/c", "s3:DeleteObject", ["arn:aws:s3:::b/a/c"]),
            ("s3.actions.delete_object", "s3:object", "b/a/c", "s3:ListBucketVersions", ["arn:aws:s3:::b"]),
            (
                "route53.actions.associate_vpc_with_zone", "route53:hostedzone", "Z1",
                "route53:AssociateVPCWithHostedZone", ["arn:aws:route53:::hostedzone/Z1"]
            ),
            (
                "ssm.actions.put_parameter", "ssm:parameter", "/shop/secret", "ssm:PutParameter",
                ["arn:aws:ssm:eu-central-1:*:parameter/shop/secret"]
            ),
            (
                "msk.actions.reboot_msk_broker", "kafka:broker", "events/uuid-1/2", "kafka:RebootBroker",
                ["arn:aws:kafka:eu-central-1:*:cluster/events/uuid-1"]
            ),
            (
                "emr.actions.modify_instance_fleet", "elasticmapreduce:instancefleet", "j-1/if-1",
                "elasticmapreduce:ModifyInstanceFleet", ["arn:aws:elasticmapreduce:eu-central-1:*:cluster/j-1"]
            ),
            (
                "iam.actions.attach_role_policy", "iam:role", "front", "iam:DetachRolePolicy",
                ["arn:aws:iam::*:role/*/front", "arn:aws:iam::*:role/front"]
            ),
            (
                "elbv2.actions.set_subnets", "elasticloadbalancing:loadbalancer", "web",
                "elasticloadbalancing:SetSubnets",
                ["arn:aws:elasticloadbalancing:eu-central-1:*:loadbalancer/*/web/*"]
            ),
            (
                "elbv2.actions.deregister_target", "elasticloadbalancing:targetgroup", "front/i-1:80",
                "elasticloadbalancing:RegisterTargets",
                ["arn:aws:elasticloadbalancing:eu-central-1:*:targetgroup/front/*"]
            ),
            (
                "cloudwatch.actions.delete_rule", "events:rule", "hourly", "events:PutTargets",
                ["arn:aws:events:eu-central-1:*:rule/hourly"]
            ),
            (
                "ecs.actions.tag_resource", "ecs:resource", "service/shop/front", "ecs:UntagResource",
                ["arn:aws:ecs:eu-central-1:*:service/shop/front"]
            ),
        ] as [(String, String, String, String, [String])])
    func limited(activity: String, kind: String, id: String, action: String, resources: [String]) throws {
        let policy = ChaosActivities.policy(for: [(try Self.activity(activity), [Self.target(kind, id)])])
        #expect(Self.resources(action, in: policy) == (resources == ["*"] ? "*" : JSONValue(texts: resources)))
    }

    @Test(
        "without targets a change is limited to its kind of resources",
        arguments: [
            ("ec2.actions.stop_instances", "ec2:StopInstances", "arn:aws:ec2:*:*:instance/*"),
            ("ecs.actions.stop_task", "ecs:StopTask", "arn:aws:ecs:*:*:task/*/*"),
            ("s3.actions.delete_object", "s3:DeleteObject", "arn:aws:s3:::*/*"),
            ("msk.actions.reboot_msk_broker", "kafka:RebootBroker", "arn:aws:kafka:*:*:cluster/*/*"),
        ])
    func withoutTargets(activity: String, action: String, resource: String) throws {
        let policy = ChaosActivities.policy(for: [(try Self.activity(activity), [])])
        #expect(Self.resources(action, in: policy) == [.string(resource)])
    }

    @Test("resources of China are in its partition")
    func partition() throws {
        let stop = try Self.activity("ec2.actions.stop_instances")
        let policy = ChaosActivities.policy(for: [(stop, [Self.target("ec2:instance", "i-1", "cn-north-1")])])
        #expect(Self.resources("ec2:StopInstances", in: policy) == ["arn:aws-cn:ec2:cn-north-1:*:instance/i-1"])
    }

    @Test("changes of any call are limited to the ARNs that are given")
    func givenARNs() throws {
        let call = try #require(ChaosActivities.registry.all["tocsin.aws.actions.call"])
        let disable = call.resolved(for: ["service": "events", "operation": "DisableRule"])
        let arn = "arn:aws:events:eu-west-1:123456789012:rule/nightly"
        let target = NativeActivity.Target(kind: "events:rule", id: "nightly", region: "eu-west-1", arn: arn)
        let policy = ChaosActivities.policy(for: [(disable, [target])])
        #expect(Self.resources("events:DisableRule", in: policy) == [.string(arn)])
    }

    @Test("every call of every activity is allowed by its policy, and nothing else is")
    func complete() {
        for activity in ChaosActivities.all {
            let policy = ChaosActivities.policy(for: [(activity, [])])
            let allowed = (policy["Statement"]?.elements ?? []).flatMap { $0["Action"]?.texts ?? [] }
            let declared = (activity.calls + (activity.undo?.calls ?? [])).filter { $0.system == .aws }
            #expect(Set(allowed) == Set(DependentPermissions.added(to: declared.map(\.action))))
            #expect(Set(allowed).count == allowed.count)
        }
    }
}
