import Basics
import Foundation
import JSON
import TestSupport
import Testing

extension BuiltFunction {
    static let uptimeChecker = Workspace.root.appending(path: "dist/lambda/uptime-checker.zip")
    static let canRunUptimeChecker =
        FileManager.default.fileExists(atPath: uptimeChecker.path) && Workspace.hasPython
        && RuntimeInterfaceEmulator.isInstalled
}

/// `uptime-checker.zip` under AWS's own Runtime Interface Emulator, writing into moto, read back through boto3.
@Suite(
    .enabled(
        if: BuiltFunction.canRunUptimeChecker,
        "needs dist/lambda/uptime-checker.zip and the Python helpers: run ./build.sh"),
    .serialized, .timeLimit(.minutes(3))
)
struct UptimeCheckerZipTests {
    /// A site whose page /shop is up or down as told.
    private final class Site: Sendable {
        let isUp = Locked(true)
        let server: ScriptedServer

        init() throws {
            let isUp = isUp
            server = try ScriptedServer { request in
                guard request.target == "/shop" else { return .http(200, body: #"{"status":"ok","items":[1,2]}"#) }
                return isUp.withLock { $0 } ? .http(200, body: "welcome") : .http(503, body: "sorry")
            }
        }
    }

    private func file(_ site: Site) -> String {
        """
        endpoints:
          - name: shop
            group: web
            url: "\(site.server.url)/shop"
            conditions:
              - "[STATUS] == 200"
              - "[BODY] == welcome"
            retry: { attempts: 2, interval: 50ms }
          - name: api
            url: "\(site.server.url)/api"
            conditions:
              - "[BODY].status == ok"
              - "len([BODY].items) == 2"
          - name: off
            enabled: false
            url: "\(site.server.url)/off"
            conditions: ["[STATUS] == 200"]

        """
    }

    private func start(_ moto: MotoServer, _ variables: [String: String]) throws -> RuntimeInterfaceEmulator {
        try RuntimeInterfaceEmulator(
            zip: BuiltFunction.uptimeChecker, environment: moto.environment.merging(variables) { $1 }
        )
    }

    private func invoke(_ emulator: RuntimeInterfaceEmulator) throws -> JSONValue {
        try JSONValue(parsing: emulator.invoke(Array(#"{"endpoints":[]}"#.utf8)).body)
    }

    @Test(arguments: ["s3", "dynamodb"])
    func metricsChangesAndState(store: String) async throws {
        let moto = try MotoServer.shared.get()
        let name = "uptime-\(store)"
        let resources = try python(moto, [name], prepare)
        let (topic, queue) = (
            try #require(resources["topic"]?.stringValue), try #require(resources["queue"]?.stringValue)
        )
        let site = try Site()
        let emulator = try start(
            moto,
            [
                "UPTIME_CONFIG_TEXT": file(site), "CLOUDWATCH_NAMESPACE": name, "UPTIME_METRICS": "compatible,standard",
                "UPTIME_TOPIC_ARN": topic,
                "UPTIME_STATE": store == "s3" ? "s3://\(name)/state.json" : "dynamodb://\(name)",
            ])
        defer { emulator.stop() }

        let first = try invoke(emulator)
        #expect(first["checked"] == 2 && first["up"] == 2 && first["skipped"] == 1, "\(first) \(emulator.log)")
        site.isUp.withLock { $0 = false }
        let second = try invoke(emulator)
        #expect(second["down"] == 1, "\(second)")
        #expect(second["endpointsDown"]?[0]?["attempts"] == 2, "confirmed")
        #expect(second["changes"] == [["endpoint": "web/shop", "state": "down"]])
        #expect(try invoke(emulator)["changes"] == [], "told once")
        emulator.stop()

        // Another instance knows what the first one knew.
        let other = try start(
            moto,
            [
                "UPTIME_CONFIG_TEXT": file(site), "CLOUDWATCH_NAMESPACE": name, "UPTIME_METRICS": "compatible,standard",
                "UPTIME_TOPIC_ARN": topic,
                "UPTIME_STATE": store == "s3" ? "s3://\(name)/state.json" : "dynamodb://\(name)",
            ])
        defer { other.stop() }
        #expect(try invoke(other)["changes"] == [], "\(other.log)")
        site.isUp.withLock { $0 = true }
        #expect(try invoke(other)["changes"] == [["endpoint": "web/shop", "state": "up"]])

        let found = try python(moto, [name, queue], read)
        #expect(
            found["metrics"] == [
                "response-time group=web,name=shop,region=eu-central-1 5",
                "response-time name=api,region=eu-central-1 5",
                "success group=web,name=shop,region=eu-central-1 5 2.0",
                "success name=api,region=eu-central-1 5 5.0",
                .string("uptime url=\(site.server.url)/api 5 5.0"), .string("uptime url=\(site.server.url)/shop 5 2.0"),
            ])
        let messages = try #require(found["messages"]?.arrayValue)
        #expect(messages.map { $0["state"] } == ["down", "up"])
        #expect(messages.allSatisfy { $0["type"] == "tocsin.uptime.change" })
        #expect(messages[0]["endpoint"] == ["name": "shop", "group": "web", "url": .string(site.server.url + "/shop")])
        #expect(messages[0]["failedConditions"] == ["[STATUS] (503) == 200", "[BODY] (sorry) == welcome"])
        #expect(messages[0]["since"] == messages[1]["since"])
        #expect(found["state"]?["web_shop"]?["state"] == "up", "\(found)")
    }

    @Test("a result pushed by a function URL is metrics, a change and state, which the run of another instance knows")
    func externalEndpoints() async throws {
        let moto = try MotoServer.shared.get()
        let resources = try python(moto, ["uptime-push"], prepare)
        let (topic, queue) = (
            try #require(resources["topic"]?.stringValue), try #require(resources["queue"]?.stringValue)
        )
        // The example of Gatus's documentation, as it is there.
        let file = """
            external-endpoints:
              - name: ext-ep-test
                group: core
                token: "potato"
                heartbeat:
                  interval: 30m  # Automatically create a failure if no update is received within 30 minutes
                alerts:
                  - type: discord
                    description: "healthcheck failed"
                    send-on-resolved: true
            """
        let variables = [
            "UPTIME_CONFIG_TEXT": file, "CLOUDWATCH_NAMESPACE": "uptime-push", "UPTIME_TOPIC_ARN": topic,
            "UPTIME_STATE": "dynamodb://uptime-push",
        ]
        let emulator = try start(moto, variables)
        defer { emulator.stop() }
        func push(_ query: String, token: String = "potato", key: String = "core_ext-ep-test") throws -> JSONValue {
            let path = "/api/v1/endpoints/\(key)/external"
            let event: JSONValue = [
                "version": "2.0", "routeKey": "$default", "rawPath": .string(path), "rawQueryString": .string(query),
                "headers": ["authorization": .string("Bearer \(token)"), "host": "x.lambda-url.eu-central-1.on.aws"],
                "requestContext": [
                    "domainName": "x.lambda-url.eu-central-1.on.aws", "stage": "$default",
                    "http": ["method": "POST", "path": .string(path), "protocol": "HTTP/1.1"],
                ],
                "isBase64Encoded": false,
            ]
            return try JSONValue(parsing: emulator.invoke(event.serialized()).body)
        }
        #expect(try push("success=true", token: "x")["statusCode"] == 401)
        #expect(try push("success=true", key: "core_other")["statusCode"] == 404)
        #expect(try push("success=maybe")["statusCode"] == 400)
        let taken = try push("success=false&error=healthcheck+failed&duration=10s")
        #expect(taken["statusCode"] == 200, "\(taken) \(emulator.log)")
        #expect(try push("success=true&duration=1s")["statusCode"] == 200)
        emulator.stop()

        let other = try start(moto, variables)
        defer { other.stop() }
        let run = try invoke(other)
        #expect(run["heartbeats"] == 1 && run["checked"] == 0 && run["changes"] == [], "\(run)")
        let found = try python(moto, ["uptime-push", queue], read)
        #expect(
            found["metrics"] == [
                "response-time group=core,name=ext-ep-test,region=eu-central-1 2",
                "success group=core,name=ext-ep-test,region=eu-central-1 2 1.0",
            ])
        let messages = try #require(found["messages"]?.arrayValue)
        #expect(messages.map { $0["state"] } == ["down", "up"])
        #expect(messages[0]["errors"] == ["healthcheck failed"])
        #expect(messages[0]["endpoint"] == ["name": "ext-ep-test", "group": "core"])
        let state = try #require(found["state"]?["core_ext-ep-test"])
        #expect(state["state"] == "up", "\(state)")
        #expect(state["heard"] != nil)
    }

    @Test func configurationFromS3AndFaultsAtTheStart() async throws {
        let moto = try MotoServer.shared.get()
        let site = try Site()
        _ = try python(moto, ["uptime-config", file(site)], upload)
        let emulator = try start(moto, ["UPTIME_CONFIG": "s3://uptime-config/uptime.yaml", "METRIC_OUTPUT": "emf"])
        defer { emulator.stop() }
        #expect(try invoke(emulator)["up"] == 2, "\(emulator.log)")
        let documents = emulator.log.split(separator: "\n").filter { $0.hasPrefix(#"{"_aws":"#) }
        #expect(try documents.map { try JSONValue(parsing: String($0))["success"] } == [1.0, 1.0])

        let broken = try start(moto, ["UPTIME_CONFIG_TEXT": "endpoints:\n  - name: a\n    urll: b\n"])
        defer { broken.stop() }
        let body = try broken.invoke(Array("{}".utf8)).body
        #expect(body.contains("urll") && body.contains("line 3"), "\(body)")
    }

    private func python(_ moto: MotoServer, _ arguments: [String], _ script: String) throws -> JSONValue {
        let head = """
            import boto3, datetime, json, sys
            def client(name):
                return boto3.client(name, endpoint_url=sys.argv[1], region_name="eu-central-1",
                                    aws_access_key_id="AKIAIOSFODNN7EXAMPLE", aws_secret_access_key="test")
            name = sys.argv[2]

            """
        let result = try Command.run(Workspace.python, ["-c", head + script, moto.url] + arguments)
        try #require(result.status == 0, "\(result.errors)")
        return result.output.isEmpty ? nil : try JSONValue(parsing: result.output)
    }

    /// Topic, queue, bucket and table of one name.
    private let prepare = """
        topic = client("sns").create_topic(Name=name)["TopicArn"]
        queue = client("sqs").create_queue(QueueName=name)["QueueUrl"]
        arn = client("sqs").get_queue_attributes(QueueUrl=queue, AttributeNames=["QueueArn"])["Attributes"]["QueueArn"]
        client("sns").subscribe(TopicArn=topic, Protocol="sqs", Endpoint=arn, Attributes={"RawMessageDelivery": "true"})
        client("s3").create_bucket(Bucket=name, CreateBucketConfiguration={"LocationConstraint": "eu-central-1"})
        client("dynamodb").create_table(
            TableName=name, BillingMode="PAY_PER_REQUEST",
            AttributeDefinitions=[{"AttributeName": a, "AttributeType": "S"} for a in ("checker", "endpoint")],
            KeySchema=[{"AttributeName": "checker", "KeyType": "HASH"}, {"AttributeName": "endpoint", "KeyType": "RANGE"}])
        print(json.dumps({"topic": topic, "queue": queue}))
        """

    /// Metrics as `name dimensions count sum`, sorted, times without a sum; the queue's messages; the state's entries.
    private let read = """
        cloudwatch, sqs = client("cloudwatch"), client("sqs")
        now = datetime.datetime.now(datetime.timezone.utc)
        metrics = set()
        for page in cloudwatch.get_paginator("list_metrics").paginate(Namespace=name):
            for metric in page["Metrics"]:
                points = cloudwatch.get_metric_statistics(
                    Namespace=name, MetricName=metric["MetricName"], Dimensions=metric["Dimensions"],
                    StartTime=now - datetime.timedelta(minutes=10), EndTime=now + datetime.timedelta(minutes=5),
                    Period=3600, Statistics=["Sum", "SampleCount"])["Datapoints"]
                dimensions = ",".join(sorted(d["Name"] + "=" + d["Value"] for d in metric["Dimensions"]))
                row = [metric["MetricName"], dimensions, str(int(sum(p["SampleCount"] for p in points)))]
                if not metric["MetricName"].endswith("-time"):
                    row.append(str(sum(p["Sum"] for p in points)))
                metrics.add(" ".join(row))
        messages = []
        while received := sqs.receive_message(QueueUrl=sys.argv[3], MaxNumberOfMessages=10).get("Messages"):
            for message in received:
                messages.append(json.loads(message["Body"]))
                sqs.delete_message(QueueUrl=sys.argv[3], ReceiptHandle=message["ReceiptHandle"])
        items = client("dynamodb").scan(TableName=name)["Items"]
        state = {item["endpoint"]["S"]: json.loads(item["entry"]["S"]) for item in items}
        for entry in client("s3").list_objects_v2(Bucket=name).get("Contents", []):
            state = json.load(client("s3").get_object(Bucket=name, Key=entry["Key"])["Body"])["endpoints"]
        print(json.dumps({"metrics": sorted(metrics), "messages": sorted(messages, key=lambda m: m["at"]), "state": state}))
        """

    private let upload = """
        client("s3").create_bucket(Bucket=name, CreateBucketConfiguration={"LocationConstraint": "eu-central-1"})
        client("s3").put_object(Bucket=name, Key="uptime.yaml", Body=sys.argv[3].encode())
        """
}
