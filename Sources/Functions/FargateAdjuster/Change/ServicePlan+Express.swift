import JSON

extension ServicePlan {
    /// Moves the changes to the one operation that changes an Express service.
    mutating func planExpress(_ wanted: inout WantedSettings) {
        let definition = wanted.definition
        var input: JSONObject = ["serviceArn": .string(snapshot.service.arn)]
        if definition.cpu != snapshot.taskDefinition.cpu { input["cpu"] = .string(String(definition.cpu)) }
        if definition.memory != snapshot.taskDefinition.memory {
            input["memory"] = .string(String(definition.memory))
        }
        if wanted.changesEnvironment { input["primaryContainer"] = .object(primaryContainer(definition)) }
        if let bounds = scaling ?? desiredCount.map({ .init(minimum: $0, maximum: $0) }) {
            var target = snapshot.express?["scalingTarget"]?.objectValue ?? [:]
            target["minTaskCount"] = JSONValue(bounds.minimum)
            target["maxTaskCount"] = JSONValue(max(bounds.maximum, target["maxTaskCount"]?.intValue.map(Int.init) ?? 0))
            input["scalingTarget"] = .object(target)
        }
        (express, registration, desiredCount, scaling) = (input, nil, nil, nil)
    }

    /// The primary container with the new environment: the operation replaces it as a whole.
    private func primaryContainer(_ definition: TaskDefinition) -> JSONObject {
        let container = definition.containers.first ?? [:]
        var primary = snapshot.express?["primaryContainer"]?.objectValue ?? [:]
        if primary.isEmpty {
            for member in ["image", "command", "secrets", "repositoryCredentials"] {
                if let value = container[member], value.isTruthy { primary[member] = value }
            }
            if let port = container["portMappings"]?[0]?["containerPort"] { primary["containerPort"] = port }
            let log = container["logConfiguration"]?["options"]
            if let group = log?["awslogs-group"], let prefix = log?["awslogs-stream-prefix"] {
                primary["awsLogsConfiguration"] = ["logGroup": group, "logStreamPrefix": prefix]
            }
        }
        primary["environment"] = container["environment"] ?? []
        return primary
    }
}
