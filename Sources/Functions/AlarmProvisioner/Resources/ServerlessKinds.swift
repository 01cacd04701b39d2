import AWS
import AWSResources
import JSON

extension KindFinder {
    static let serverlessKinds = [
        KindFinder(
            kind: .lambdaFunction, tagType: "lambda:function",
            actions: ["lambda:GetFunctionConfiguration", "lambda:ListFunctions"],
            factActions: [
                .reservedConcurrency: "lambda:GetFunctionConcurrency", .accountConcurrency: "lambda:GetAccountSettings",
            ], find: functions),
        KindFinder(
            kind: .stateMachine, tagType: "states:stateMachine", actions: ["states:ListStateMachines"],
            find: stateMachines),
        KindFinder(kind: .restAPI, actions: ["apigateway:GET"], find: restAPIs),
        KindFinder(kind: .httpAPI, actions: ["apigateway:GET"], find: httpAPIs),
        KindFinder(
            kind: .userPool, tagType: "cognito-idp:userpool", actions: ["cognito-idp:ListUserPools"], find: userPools),
    ]

    private static func functions(_ listing: ResourceListing) async -> [WatchedResource] {
        let found: [WatchedResource]
        if let target = listing.target {
            found = await listing.each([target.name]) { name in
                let input: JSONValue = ["FunctionName": .string(name)]
                let item = try await listing.detail(.lambda, "GetFunctionConfiguration", input)
                return try item.map { [try function($0, listing)] } ?? []
            }
        } else {
            found = await listing.list(.lambda, "ListFunctions", ["MaxItems": listing.pageSize(50)], at: "Functions") {
                [try function($0, listing)]
            }
        }
        guard !found.isEmpty else { return [] }
        let limit = listing.wants(.accountConcurrency) ? await accountConcurrency(listing) : nil
        guard listing.wants(.reservedConcurrency) else { return found.map { $0.adding([.accountConcurrency: limit]) } }
        return await listing.each(found) { function in
            let answer = try await listing.detail(
                .lambda, "GetFunctionConcurrency", ["FunctionName": .string(function.name)])
            let reserved = answer?.number("ReservedConcurrentExecutions")
            return [function.adding([.reservedConcurrency: reserved, .accountConcurrency: limit])]
        }
    }

    /// What is kept of a function: not its variables, which may be secrets.
    private static func function(_ item: JSONValue, _ listing: ResourceListing) throws -> WatchedResource {
        let name = try item.required("FunctionName")
        return listing.resource(
            id: listing.arn("lambda", "function:\(name)"), name: name,
            dimensions: ["FunctionName": name],
            facts: [
                .timeoutMilliseconds: item.number("Timeout").map { $0 * 1_000 },
                .memoryBytes: item.number("MemorySize").map { $0 * 1_048_576 },
            ],
            attributes: [
                "runtime": item.text("Runtime"), "state": item.text("State"), "type": item.text("PackageType"),
                "architecture": item.only("Architectures"),
            ])
    }

    /// The account's limit, which is asked for once a scope.
    static func accountConcurrency(_ listing: ResourceListing) async -> Double? {
        await listing.shared("Lambda limits") { listing in
            await listing.each([0]) { _ in
                let answer = try await listing.detail(.lambda, "GetAccountSettings", [:])
                let limit = answer?.number("AccountLimit.ConcurrentExecutions")
                return [listing.resource(id: "", name: "", dimensions: [:], facts: [.accountConcurrency: limit])]
            }
        }.first?.facts[.accountConcurrency]
    }

    private static func stateMachines(_ listing: ResourceListing) async -> [WatchedResource] {
        await listing.list(.sfn, "ListStateMachines", ["maxResults": listing.pageSize(1000)], at: "stateMachines") {
            item in
            let arn = try item.required("stateMachineArn")
            return [
                listing.resource(
                    id: arn, name: try item.required("name"), dimensions: ["StateMachineArn": arn],
                    attributes: ["type": item.text("type")])
            ]
        }
    }

    /// An API of one of the two services.
    fileprivate struct API: Sendable {
        let id: String
        let name: String
        let type: String?
        let tags: [String: String]
    }

    /// One resource for each stage of an API, since metrics are of stages.
    private static func restAPIs(_ listing: ResourceListing) async -> [WatchedResource] {
        let apis = await listing.list(.apiGateway, "GetRestApis", ["limit": listing.pageSize(500)], at: "items") {
            item in
            [API(id: try item.required("id"), name: try item.required("name"), type: nil, tags: item.tags("tags"))]
        }
        return await listing.each(apis.filter(listing.isWanted)) { api in
            await listing.list(
                .apiGateway, "GetStages", ["restApiId": .string(api.id)], at: "item", isOfParent: true
            ) { item in
                let stage = try item.required("stageName")
                return [
                    listing.stage(
                        "restapis/\(api.id)/stages/\(stage)", name: "\(api.name)/\(stage)",
                        tags: item.tags("tags").merging(api.tags) { own, _ in own },
                        dimensions: ["ApiName": api.name, "ApiId": api.id, "Stage": stage], attributes: ["api": api.id])
                ]
            }
        }
    }

    private static func httpAPIs(_ listing: ResourceListing) async -> [WatchedResource] {
        let apis = await listing.list(.apiGatewayV2, "GetApis", at: "Items") { item in
            [
                API(
                    id: try item.required("ApiId"), name: try item.required("Name"), type: item.text("ProtocolType"),
                    tags: item.tags("Tags"))
            ]
        }
        return await listing.each(apis.filter(listing.isWanted)) { api in
            await listing.list(
                .apiGatewayV2, "GetStages", ["ApiId": .string(api.id)], at: "Items", isOfParent: true
            ) { item in
                let stage = try item.required("StageName")
                return [
                    listing.stage(
                        "apis/\(api.id)/stages/\(stage)", name: "\(api.name)/\(stage)",
                        tags: item.tags("Tags").merging(api.tags) { own, _ in own },
                        dimensions: ["ApiId": api.id, "Stage": stage], attributes: ["api": api.id, "type": api.type])
                ]
            }
        }
    }

    private static func userPools(_ listing: ResourceListing) async -> [WatchedResource] {
        await listing.list(
            .cognitoIdentityProvider, "ListUserPools", ["MaxResults": listing.pageSize(60)], at: "UserPools"
        ) { item in
            let id = try item.required("Id")
            return [
                listing.resource(
                    id: listing.arn("cognito-idp", "userpool/\(id)"), name: item.text("Name") ?? id,
                    dimensions: ["UserPool": id])
            ]
        }
    }
}

extension ResourceListing {
    /// Whether the stages of an API are wanted.
    fileprivate func isWanted(_ api: KindFinder.API) -> Bool { target == nil || target?.name == api.id }

    /// A stage; its ARN has no account.
    fileprivate func stage(
        _ path: String, name: String, tags: [String: String], dimensions: [String: String?],
        attributes: [String: String?]
    ) -> WatchedResource {
        let partition = ARN(service: "apigateway", region: scope.region, account: "", resource: "").partition
        return resource(
            id: "arn:\(partition):apigateway:\(scope.region)::/\(path)", name: name, tags: tags,
            dimensions: dimensions, attributes: attributes)
    }
}
