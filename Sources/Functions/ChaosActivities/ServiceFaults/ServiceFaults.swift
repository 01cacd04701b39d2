import Experiments
import JSON

/// Reversible faults of managed services that need no agent.
extension ChaosActivities {
    static var serviceFaults: [NativeActivity] {
        [
            .aws(
                "tocsin.elbv2.actions", "fixed_response", .action,
                "Lets a listener of a load balancer answer matching requests itself, such as with 503.",
                arguments: FixedResponse.arguments,
                calls: FixedResponse.reads + [
                    .change("elasticloadbalancing:CreateRule"), .change("elasticloadbalancing:SetRulePriorities"),
                ],
                choice: "the listener that is named", targets: FixedResponse.targets, undo: FixedResponse.undo,
                run: FixedResponse.run),
            .aws(
                "tocsin.apigateway.actions", "throttle_stage", .action,
                "Lowers the request limits of a stage of a REST API, also those of single methods.",
                arguments: [.init("rest_api_id", .text), .init("stage_name", .text)] + StageThrottle.limits,
                calls: StageThrottle.calls, choice: "the stage that is named", targets: StageThrottle.restStage,
                undo: StageThrottle.rest.undo, run: StageThrottle.throttleREST),
            .aws(
                "tocsin.apigateway.actions", "throttle_http_stage", .action,
                "Lowers the request limits of a stage of an HTTP or WebSocket API, also those of single routes.",
                arguments: [.init("api_id", .text), .init("stage_name", .text)] + StageThrottle.limits,
                calls: StageThrottle.calls, choice: "the stage that is named", targets: StageThrottle.httpStage,
                undo: StageThrottle.http.undo, run: StageThrottle.throttleHTTP),
            .aws(
                "tocsin.dynamodb.actions", "squeeze_capacity", .action,
                "Lowers the provisioned capacity of a table and of all its global secondary indexes.",
                arguments: [
                    .init("table_name", .text), .init("read_capacity", .integer, 1),
                    .init("write_capacity", .integer, 1), .init("even_if_autoscaled", .flag, false),
                ],
                calls: TableCapacity.calls, choice: "the table that is named", targets: TableCapacity.targets,
                undo: TableCapacity.setting.undo, run: TableCapacity.squeeze),
            .aws(
                "tocsin.sqs.actions", "change_visibility_timeout", .action,
                "Changes how long a queue hides a message that was received; 0 delivers it again at once.",
                arguments: [.init("queue", .text), .init("visibility_timeout", .integer, 0)],
                calls: QueueVisibility.calls, choice: "the queue that is named, by name or URL",
                targets: QueueVisibility.targets, undo: QueueVisibility.setting.undo, run: QueueVisibility.change),
            .aws(
                "tocsin.events.actions", "disable_rule", .action, "Switches off a rule of EventBridge.",
                arguments: [.init("name", .text), .init("event_bus_name", .text, .null)],
                calls: RuleState.reads + [.change("events:DisableRule")], choice: "the rule that is named",
                targets: RuleState.targets, undo: EventRuleUndos.state(after: "DISABLED"), run: RuleState.disable),
        ]
    }
}
