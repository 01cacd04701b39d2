import AWS
import Basics
import JSON
import Testing

@testable import FargateAdjuster

/// `DescribeServices` and `DescribeTaskDefinition` become what the adjuster looks at.
@Suite(.serialized) struct FargateServiceTests {
    @Test func everyMemberIsRead() {
        let service = FargateService(Self.blueGreen)
        #expect(service.arn == "arn:aws:ecs:eu-west-1:123456789012:service/shop/web")
        #expect(service.name == "web")
        #expect(service.cluster == "arn:aws:ecs:eu-west-1:123456789012:cluster/shop")
        #expect(service.clusterName == "shop")
        #expect(service.scalingResource == "service/shop/web")
        #expect(service.status == "ACTIVE")
        #expect(service.taskDefinition == "arn:aws:ecs:eu-west-1:123456789012:task-definition/web:12")
        #expect([service.desiredCount, service.runningCount, service.pendingCount] == [3, 2, 1])
        #expect(service.launchType == nil)
        #expect(service.capacityProviders == ["FARGATE", "FARGATE_SPOT"])
        #expect(service.controller == "ECS")
        #expect(service.scheduling == "REPLICA")
        #expect(service.strategy == "BLUE_GREEN")
        #expect(service.platform.family == "LINUX")
        #expect(service.platform.version == "1.4.0")
        #expect(service.isExpress)
        #expect(service.targetGroups == ["tg/blue", "tg/green"])
        #expect(service.classicLoadBalancers == ["old"])
        #expect(service.hasCircuitBreaker)
        #expect(service.rollsBack)
        #expect(service.alarms == ["web-5xx"])
        #expect(service.currentDeployment == "sd/1")
        #expect(service.events.map(\.message) == ["(service web) has started 1 tasks."])
        #expect(service.events[0].createdAt == Timestamp(iso8601: "2026-11-28T23:59:00Z"))
        #expect(service.deployments.count == 1)
    }

    @Test func everyMemberOfADeploymentIsRead() throws {
        let deployment = try #require(FargateService(Self.blueGreen).deployments.first)
        #expect(deployment.id == "ecs-svc/1")
        #expect(deployment.status == "PRIMARY")
        #expect(deployment.taskDefinition.arnResourceName == "web:12")
        #expect([deployment.desiredCount, deployment.pendingCount, deployment.runningCount] == [3, 1, 2])
        #expect(deployment.failedTasks == 4)
        #expect(deployment.rolloutState == "IN_PROGRESS")
        #expect(deployment.rolloutStateReason == "in progress.")
        #expect(deployment.createdAt == Timestamp(iso8601: "2026-11-28T23:58:00.25Z"))
    }

    @Test func aServiceThatSaysLittleHasDefaults() {
        let service = FargateService(["serviceName": "web", "launchType": "FARGATE"])
        #expect(service.controller == "ECS")
        #expect(service.strategy == "ROLLING")
        #expect(service.platform == FargateSizes.Platform())
        #expect(!service.isExpress)
        #expect(service.targetGroups.isEmpty)
        #expect(!service.rollsBack)
        #expect(service.currentDeployment == nil)
    }

    @Test(arguments: [
        (#"{"deploymentCircuitBreaker": {"enable": true, "rollback": true}}"#, true, true),
        (#"{"deploymentCircuitBreaker": {"enable": true, "rollback": false}}"#, true, false),
        (#"{"deploymentCircuitBreaker": {"enable": false, "rollback": true}}"#, false, false),
        (#"{"alarms": {"enable": true, "rollback": true, "alarmNames": ["a"]}}"#, false, true),
        (#"{"alarms": {"enable": false, "rollback": true, "alarmNames": ["a"]}}"#, false, false),
    ])
    func whetherECSGoesBackItself(configuration: String, breaker: Bool, rollsBack: Bool) throws {
        let service = FargateService(["deploymentConfiguration": try JSONValue(parsing: configuration)])
        #expect(service.hasCircuitBreaker == breaker)
        #expect(service.rollsBack == rollsBack)
    }

    @Test func onlyTheNewestTwentyEventsAreKept() {
        let events = (0..<30).map { JSONValue.object(["message": .string("\($0)")]) }
        #expect(FargateService(["events": .array(events)]).events.map(\.message) == (0..<20).map { "\($0)" })
    }

    @Test func theRevisionOfCodeDeployIsThatOfThePrimaryTaskSet() {
        let sets: JSONValue = [
            ["status": "ACTIVE", "taskDefinition": "web:2"], ["status": "PRIMARY", "taskDefinition": "web:1"],
        ]
        #expect(FargateService(["taskSets": sets]).taskDefinition == "web:1")
    }

    @Test func aRecordGivesTheSameServiceBack() throws {
        let service = FargateService(Self.blueGreen)
        let record = try JSONEncoder().encodeToValue(service)
        #expect(try JSONDecoder().decode(FargateService.self, from: record) == service)
    }

    @Test(arguments: [
        ([(status: "PRIMARY", state: "COMPLETED")], nil),
        ([(status: "PRIMARY", state: "IN_PROGRESS")], "is IN_PROGRESS"),
        ([(status: "PRIMARY", state: nil)], nil),
        (
            [(status: "PRIMARY", state: nil), (status: "ACTIVE", state: nil)],
            "it has 2 deployments at once (web:1, web:1)"
        ),
        ([(status: "PRIMARY", state: "COMPLETED"), (status: "INACTIVE", state: nil)], nil),
        ([(status: "PRIMARY", state: "FAILED")], nil),
    ])
    func aDeploymentThatTheListShows(deployments: [(status: String, state: String?)], text: String?) throws {
        var service = FargateService()
        service.deployments = deployments.map { status, state in
            var deployment = FargateService.Deployment()
            (deployment.status, deployment.rolloutState, deployment.taskDefinition) = (status, state, "arn:x/web:1")
            return deployment
        }
        if let text {
            #expect(try #require(service.listedDeployment).contains(text))
        } else {
            #expect(service.listedDeployment == nil)
        }
    }

    @Test(arguments: [
        ("ROLLING", ["tg/blue"]), ("BLUE_GREEN", ["tg/blue", "tg/green"]), ("CANARY", ["tg/blue", "tg/green"]),
    ])
    func alternateTargetGroupsServeOnlyWhereTrafficIsShifted(strategy: String, groups: [String]) {
        var service = FargateService(Self.blueGreen)
        #expect(service.alternateTargetGroups == ["tg/green"])
        service.strategy = strategy
        #expect(service.servingTargetGroups == groups)
    }

    private static let blueGreen: JSONValue = [
        "serviceArn": "arn:aws:ecs:eu-west-1:123456789012:service/shop/web", "serviceName": "web",
        "clusterArn": "arn:aws:ecs:eu-west-1:123456789012:cluster/shop", "status": "ACTIVE", "desiredCount": 3,
        "runningCount": 2, "pendingCount": 1, "platformVersion": "1.4.0", "platformFamily": "Linux",
        "taskDefinition": "arn:aws:ecs:eu-west-1:123456789012:task-definition/web:12",
        "capacityProviderStrategy": [
            ["capacityProvider": "FARGATE", "weight": 1], ["capacityProvider": "FARGATE_SPOT", "weight": 3],
        ],
        "schedulingStrategy": "REPLICA", "deploymentController": ["type": "ECS"], "resourceManagementType": "ECS",
        "loadBalancers": [
            ["targetGroupArn": "tg/blue", "advancedConfiguration": ["alternateTargetGroupArn": "tg/green"]],
            ["targetGroupArn": "tg/blue", "containerPort": 81], ["loadBalancerName": "old"],
        ],
        "deploymentConfiguration": [
            "strategy": "BLUE_GREEN", "deploymentCircuitBreaker": ["enable": true, "rollback": false],
            "alarms": ["enable": true, "rollback": true, "alarmNames": ["web-5xx"]],
        ],
        "currentServiceDeployment": "sd/1",
        "deployments": [
            [
                "id": "ecs-svc/1", "status": "PRIMARY", "desiredCount": 3, "pendingCount": 1, "runningCount": 2,
                "taskDefinition": "arn:aws:ecs:eu-west-1:123456789012:task-definition/web:12", "failedTasks": 4,
                "rolloutState": "IN_PROGRESS", "rolloutStateReason": "in progress.",
                "createdAt": "2026-11-28T23:58:00.250000+00:00",
            ]
        ],
        "events": [
            [
                "id": "e1", "createdAt": "2026-11-28T23:59:00+00:00",
                "message": "(service web) has started 1 tasks.",
            ]
        ],
    ]
}

/// What is registered again of a revision.
@Suite(.serialized) struct TaskDefinitionTests {
    @Test func theRegistrableMembersAreThoseOfTheModel() throws {
        let operation = try ServiceDescription(.ecs).operation("RegisterTaskDefinition")
        #expect(Set(TaskDefinition.registrableMembers + ["tags"]) == Set(operation.input.map(\.name)))
    }

    @Test func onlyRegistrableMembersAreKept() throws {
        let definition = TaskDefinition(Self.described)
        try ServiceDescription(.ecs).operation("RegisterTaskDefinition").validate(.object(definition.registrable))
        #expect(definition.arn == "arn:aws:ecs:eu-west-1:123456789012:task-definition/web:12")
        #expect(definition.name == "web:12")
        #expect([definition.cpu, definition.memory] == [256, 512])
        for member in ["taskDefinitionArn", "revision", "status", "registeredAt", "registeredBy", "compatibilities"] {
            #expect(definition.registrable[member] == nil)
        }
        #expect(definition.registrable["enableFaultInjection"] == false)
        #expect(definition.registrable["volumes"] == [])
        #expect(definition.registrable["family"] == "web")
    }

    @Test(arguments: [("ACTIVE", true), ("INACTIVE", false), ("DELETE_IN_PROGRESS", false), ("", true)])
    func whetherAServiceCanBeBroughtToIt(status: String, isActive: Bool) {
        #expect(TaskDefinition(["taskDefinition": ["status": .string(status)]]).isActive == isActive)
    }

    @Test func tagsAreKeptExceptThoseOfAWS() {
        let tags: JSONValue = [
            ["key": "team", "value": "shop"], ["key": "aws:cloudformation:stack-name", "value": "web"],
        ]
        var described = Self.described.objectValue ?? [:]
        described["tags"] = tags
        #expect(
            TaskDefinition(.object(described)).registrable["tags"] == [["key": "team", "value": "shop"]])
        described["tags"] = [["key": "aws:cloudformation:stack-name", "value": "web"]]
        #expect(TaskDefinition(.object(described)).registrable["tags"] == nil)
        described["tags"] = []
        #expect(TaskDefinition(.object(described)).registrable["tags"] == nil)
    }

    @Test(arguments: [
        ("256", "512", 256, 512), ("1 vCPU", "2 GB", 1_024, 2_048), (".5 vcpu", "0.5GB", 512, 512), ("", "", 0, 0),
        ("much", "more", 0, 0),
    ])
    func sizesAreReadAsPeopleWriteThem(cpu: String, memory: String, units: Int, mebibytes: Int) {
        let definition = TaskDefinition(["taskDefinition": ["cpu": .string(cpu), "memory": .string(memory)]])
        #expect([definition.cpu, definition.memory] == [units, mebibytes])
    }

    @Test(arguments: [
        ("GOGC", nil, "100"), ("GOGC", "app", "100"), ("TWICE", nil, "second"), ("ABSENT", nil, nil),
    ])
    func aVariableIsFound(name: String, container: String?, value: String?) throws {
        #expect(try TaskDefinition(Self.described).variable(name, of: container) == value)
    }

    @Test(arguments: [
        (1, "TOKEN", nil, "comes from a secret (arn:secret): ECS takes no plain value beside it"),
        (1, "GOGC", "ap", "web:12 has no container ap, did you mean app?; it has: app"),
        (
            2, "GOGC", nil,
            "web:12 has several containers (app, app2): "
                + "say which one is meant, by `container` of the setting"
        ),
        (0, "GOGC", nil, "web:12 has no container to set variables of"),
    ])
    func aVariableThatCannotBeSet(containers: Int, name: String, container: String?, text: String) {
        var definition = TaskDefinition(Self.described)
        let one = definition.containers[0]
        var two = one.objectValue ?? [:]
        two["name"] = "app2"
        definition.registrable["containerDefinitions"] = .array(Array([one, .object(two)].prefix(containers)))
        let before = definition
        let read = #expect(throws: AdjusterError.self) { try definition.variable(name, of: container) }
        let written = #expect(throws: AdjusterError.self) { try definition.set(name, to: "1", of: container) }
        #expect(read?.code == .refused)
        #expect(written?.message == read?.message)
        #expect(read?.message.contains(text) == true, "\(read?.message ?? "")")
        #expect(definition == before)
    }

    @Test func aVariableIsSetInPlaceAndOnce() throws {
        var definition = TaskDefinition(Self.described)
        try definition.set("TWICE", to: "third", of: nil)
        try definition.set("NEW", to: "", of: "app")
        #expect(
            definition.containers[0]["environment"] == [
                ["name": "GOGC", "value": "100"], ["name": "TWICE", "value": "third"], ["name": "NEW", "value": ""],
            ])
        #expect(try definition.variable("TWICE", of: nil) == "third")
    }

    @Test func aContainerWithoutEnvironmentGetsOne() throws {
        var definition = TaskDefinition(["taskDefinition": ["containerDefinitions": [["name": "app"]]]])
        #expect(try definition.variable("A", of: nil) == nil)
        try definition.set("A", to: "1", of: nil)
        #expect(definition.containers == [["name": "app", "environment": [["name": "A", "value": "1"]]]])
    }

    private static let described: JSONValue = [
        "taskDefinition": [
            "taskDefinitionArn": "arn:aws:ecs:eu-west-1:123456789012:task-definition/web:12", "family": "web",
            "revision": 12, "status": "ACTIVE", "cpu": "256", "memory": "512", "networkMode": "awsvpc",
            "requiresCompatibilities": ["FARGATE"], "compatibilities": ["EC2", "FARGATE"], "volumes": [],
            "placementConstraints": [], "requiresAttributes": [["name": "ecs.capability.x"]],
            "registeredAt": "2026-11-28T23:58:00+00:00", "registeredBy": "arn:aws:iam::123456789012:role/x",
            "enableFaultInjection": false, "ephemeralStorage": ["sizeInGiB": 40],
            "runtimePlatform": ["cpuArchitecture": "ARM64", "operatingSystemFamily": "LINUX"],
            "containerDefinitions": [
                [
                    "name": "app", "image": "app:1", "cpu": 0, "essential": true,
                    "environment": [
                        ["name": "GOGC", "value": "100"], ["name": "TWICE", "value": "first"],
                        ["name": "TWICE", "value": "second"],
                    ],
                    "secrets": [["name": "TOKEN", "valueFrom": "arn:secret"]],
                ]
            ],
        ]
    ]
}
