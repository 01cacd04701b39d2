import Basics
import JSON

@testable import FargateAdjuster

/// A service that was read, to plan changes of: 0.5 vCPU, 1 GiB, two tasks, `GOGC` is 100.
struct PlanSample {
    var snapshot: ServiceSnapshot
    var component = TestService.component()

    init(cpu: Int = 512, memory: Int = 1_024, containers: [JSONObject]? = nil) {
        var service = FargateService()
        service.arn = "arn:aws:ecs:eu-west-1:123456789012:service/default/web"
        service.name = "web"
        service.cluster = "arn:aws:ecs:eu-west-1:123456789012:cluster/default"
        service.status = "ACTIVE"
        service.launchType = "FARGATE"
        service.desiredCount = 2
        service.taskDefinition = "arn:aws:ecs:eu-west-1:123456789012:task-definition/web:12"
        let app: JSONObject = [
            "name": "app", "image": "app:1", "environment": [["name": "GOGC", "value": "100"]],
            "secrets": [["name": "TOKEN", "valueFrom": "arn:secret"]],
        ]
        let definition = TaskDefinition([
            "taskDefinition": [
                "taskDefinitionArn": .string(service.taskDefinition), "family": "web", "revision": 12,
                "cpu": .string("\(cpu)"), "memory": .string("\(memory)"), "status": "ACTIVE",
                "containerDefinitions": .array((containers ?? [app]).map { .object($0) }),
            ]
        ])
        snapshot = ServiceSnapshot(
            service: service, taskDefinition: definition, readAt: Timestamp(secondsSinceEpoch: 1_800_000_000))
        component.environment.append(EnvironmentSetting("MODE", SettingRule(.list(["a", "b", "True", "90.0"]))))
        component.environment.append(EnvironmentSetting("TOKEN", SettingRule(.list(["a", "b"]))))
    }

    /// The plan for values by name, in JSON: `{"cpu": 1}`.
    func plan(_ values: String) throws -> ServicePlan {
        try plan((JSONValue(parsing: values).objectValue ?? [:]).map { AdjustmentRequest.Setting($0.key, $0.value) })
    }

    /// The plan for these settings.
    func plan(_ settings: [AdjustmentRequest.Setting]) throws -> ServicePlan {
        try ServicePlan(component, settings: settings, snapshot: snapshot, region: "eu-west-1")
    }
}

extension ServicePlan {
    /// `cpu: 0.5 vCPU → 1 vCPU`.
    var changeTexts: [String] { changes.map { "\($0.setting): \($0.from ?? "-") → \($0.to)" } }
}
