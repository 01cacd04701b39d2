import AWS
import Experiments
import JSON

/// The request limits of stages of API Gateway.
///
/// Limits of single methods and routes win over those of the stage, so all that there are become lower.
enum StageThrottle {
    /// API Gateway's IAM actions are methods.
    static let calls: [NativeActivity.Call] = [.read("apigateway:GET"), .change("apigateway:PATCH")]

    static let limits: [NativeActivity.Argument] = [
        .init("rate_limit", .number, 1), .init("burst_limit", .integer, 1),
    ]

    private static func checkLimits(_ invocation: NativeActivity.Invocation) throws {
        for name in ["rate_limit", "burst_limit"] where invocation.argument(name).doubleValue ?? -1 < 0 {
            throw ExperimentError.failedActivity("\(name) must be 0 or more")
        }
    }

    private static func wanted(_ invocation: NativeActivity.Invocation) -> JSONValue {
        [
            "rate": .double(invocation.argument("rate_limit").doubleValue ?? 0),
            "burst": invocation.argument("burst_limit"),
        ]
    }

    /// The limits that the action sets: those of all that have their own, and of the name for the others.
    private static func after(
        _ invocation: NativeActivity.Invocation, _ before: JSONValue, _ others: String
    ) -> JSONValue {
        let names = (before.objectValue?.keys ?? []).filter { $0 != others } + [others]
        return .object(JSONObject(names.map { ($0, wanted(invocation)) }))
    }
}

// MARK: REST APIs

extension StageThrottle {
    /// The settings of all methods that have none of their own.
    private static let everyMethod = "*/*"

    @Sendable static func restStage(_ invocation: NativeActivity.Invocation) async throws -> [NativeActivity.Target] {
        try checkLimits(invocation)
        let client = try invocation.client(.apiGateway)
        let stage = try await client.call("GetStage", restInput(invocation))
        let id =
            "restapis/\(invocation.argument("rest_api_id").pythonText)/stages/"
            + invocation.argument("stage_name").pythonText
        return [
            NativeActivity.Target(
                kind: "apigateway:stage", id: id, region: client.region, tags: FISExperiments.tagTexts(stage))
        ]
    }

    private static func restInput(_ invocation: NativeActivity.Invocation) -> JSONObject {
        ["restApiId": invocation.argument("rest_api_id"), "stageName": invocation.argument("stage_name")]
    }

    @Sendable static func throttleREST(
        _ invocation: NativeActivity.Invocation, _ targets: [NativeActivity.Target]
    ) async throws -> JSONValue {
        let target = try firstTarget(of: targets)
        guard let before = try await rest.read(invocation, target) else {
            throw ExperimentError.failedActivity("the stage \(target.id) does not exist any more")
        }
        let after = after(invocation, before, everyMethod)
        try await rest.write(invocation, target, after, before)
        return ["before": before, "after": after]
    }

    /// The limits by method: `~1orders/GET`, and `*/*` for the stage.
    static let rest = SavedSetting(
        summary: "sets the limits that the stage and its methods had", calls: calls, name: "the limits",
        read: { invocation, _ in
            do {
                let stage = try await invocation.client(.apiGateway).call("GetStage", restInput(invocation))
                let methods = (stage["methodSettings"]?.objectValue ?? [:]).map { method, settings in
                    (
                        method,
                        [
                            "rate": settings["throttlingRateLimit"] ?? .null,
                            "burst": settings["throttlingBurstLimit"] ?? .null,
                        ] as JSONValue
                    )
                }
                return .object(JSONObject(methods))
            } catch let error as AWSFailure where error.code == "NotFoundException" { return nil }
        },
        after: { after($0, $1, everyMethod) },
        write: { invocation, _, wanted, now in
            var operations: [JSONValue] = []
            for (method, limits) in wanted.objectValue ?? [:] where now[method] != limits {
                // Another that is gone was removed by others.
                guard method == everyMethod || now[method] != nil else { continue }
                for (member, path) in [("rate", "rateLimit"), ("burst", "burstLimit")] {
                    guard let value = limits[member], !value.isNull, value != now[method]?[member] else { continue }
                    operations.append([
                        "op": "replace", "path": .string("/\(method)/throttling/\(path)"),
                        "value": .string(value.description),
                    ])
                }
            }
            // What the action added; other settings of the method were added with it.
            if wanted[everyMethod] == nil, now[everyMethod] != nil {
                operations.append(["op": "remove", "path": .string("/\(everyMethod)")])
            }
            guard !operations.isEmpty else { return }
            var input = restInput(invocation)
            input["patchOperations"] = .array(operations)
            _ = try await invocation.client(.apiGateway).call("UpdateStage", input)
        })
}

// MARK: HTTP and WebSocket APIs

extension StageThrottle {
    /// The name under which the limits of all routes without their own are kept.
    private static let everyRoute = "*"

    /// A stage whose own limits are set: others cannot be taken off again.
    @Sendable static func httpStage(_ invocation: NativeActivity.Invocation) async throws -> [NativeActivity.Target] {
        try checkLimits(invocation)
        let client = try invocation.client(.apiGatewayV2)
        let stage = try await client.call("GetStage", httpInput(invocation))
        let limits = limits(of: stage["DefaultRouteSettings"])
        guard limits["rate"]?.isNull == false, limits["burst"]?.isNull == false else {
            throw ExperimentError.failedActivity(
                "the stage \(invocation.argument("stage_name").pythonText) has no limits of its own, and API Gateway "
                    + "cannot take them off again: set its default route throttling first")
        }
        let id =
            "apis/\(invocation.argument("api_id").pythonText)/stages/"
            + invocation.argument("stage_name").pythonText
        var tags: [String: String] = [:]
        for (name, value) in stage["Tags"]?.objectValue ?? [:] { tags[name] = value.stringValue }
        return [NativeActivity.Target(kind: "apigateway:stage", id: id, region: client.region, tags: tags)]
    }

    private static func httpInput(_ invocation: NativeActivity.Invocation) -> JSONObject {
        ["ApiId": invocation.argument("api_id"), "StageName": invocation.argument("stage_name")]
    }

    private static func limits(of settings: JSONValue?) -> JSONValue {
        ["rate": settings?["ThrottlingRateLimit"] ?? .null, "burst": settings?["ThrottlingBurstLimit"] ?? .null]
    }

    @Sendable static func throttleHTTP(
        _ invocation: NativeActivity.Invocation, _ targets: [NativeActivity.Target]
    ) async throws -> JSONValue {
        let target = try firstTarget(of: targets)
        guard let before = try await http.read(invocation, target) else {
            throw ExperimentError.failedActivity("the stage \(target.id) does not exist any more")
        }
        let after = after(invocation, before, everyRoute)
        try await http.write(invocation, target, after, before)
        return ["before": before, "after": after]
    }

    /// The limits by route, of those routes that have their own.
    static let http = SavedSetting(
        summary: "sets the limits that the stage and its routes had", calls: calls, name: "the limits",
        read: { invocation, _ in
            do {
                let stage = try await invocation.client(.apiGatewayV2).call("GetStage", httpInput(invocation))
                var found: JSONObject = [everyRoute: limits(of: stage["DefaultRouteSettings"])]
                for (route, settings) in stage["RouteSettings"]?.objectValue ?? [:] {
                    let limits = limits(of: settings)
                    if limits["rate"] != .null, limits["burst"] != .null { found[route] = limits }
                }
                return .object(found)
            } catch let error as AWSFailure where error.code == "NotFoundException" { return nil }
        },
        after: { after($0, $1, everyRoute) },
        write: { invocation, _, wanted, now in
            let client = try invocation.client(.apiGatewayV2)
            let stage = try await client.call("GetStage", httpInput(invocation))
            func merged(_ settings: JSONValue?, _ route: String) -> JSONValue {
                var settings = settings?.objectValue ?? [:]
                settings["ThrottlingRateLimit"] = wanted[route]?["rate"]
                settings["ThrottlingBurstLimit"] = wanted[route]?["burst"]
                return .object(settings)
            }
            var input = httpInput(invocation)
            if wanted[everyRoute] != now[everyRoute] {
                input["DefaultRouteSettings"] = merged(stage["DefaultRouteSettings"], everyRoute)
            }
            var routes: JSONObject = [:]
            for (route, settings) in stage["RouteSettings"]?.objectValue ?? [:] {
                guard let limits = wanted[route], let others = now[route], limits != others else { continue }
                routes[route] = merged(settings, route)
            }
            if !routes.isEmpty { input["RouteSettings"] = .object(routes) }
            guard input.count > 2 else { return }
            _ = try await client.call("UpdateStage", input)
        })
}
