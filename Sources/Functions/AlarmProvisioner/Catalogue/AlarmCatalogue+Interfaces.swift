import CloudWatchAlarms

extension AlarmCatalogue {
    /// What clients meet first: APIs, distributions, names, certificates, sign-in.
    static let interfaces = [restAPIs, httpAPIs, webSocketAPIs, distributions, names, userPools].flatMap { $0 }

    private static let restAPIs = table(
        .restAPI, "AWS/ApiGateway", "ApiName,Stage",
        [
            Row(
                "rest-api-4xx", .average("4XXError"), .above(0.05), 5,
                why: "More than 5 % of the requests are refused: clients, authorization or throttling."),
            Row(
                "rest-api-5xx", .average("5XXError"), .above(0.05), 3, .missing, .critical,
                why: "More than 5 % of the requests fail in the API or behind it."),
            Row(
                "rest-api-count", .count("Count"), .unknown(.less), 10, .breaching,
                why: "Fewer requests come than should. How many should depends on the clients."),
            Row(
                "rest-api-method-count", .count("Count"), .unknown(.less), 10, .breaching,
                by: "ApiName,Stage,Resource*,Method*",
                why: "Fewer requests come to a method than should. Only stages with detailed metrics have this."),
            Row(
                "rest-api-latency", .p90("Latency"), .atLeast(2_500), 5,
                why: "One request in ten takes 2.5 s, AWS's point to start from."),
            Row(
                "rest-api-method-latency", .p90("Latency"), .atLeast(2_500), 5, by: "ApiName,Stage,Resource*,Method*",
                isDefault: false,
                why: "One request in ten to a method takes 2.5 s. Off: rest-api-latency watches all methods together."),
        ])

    private static let httpAPIs = table(
        .httpAPI, "AWS/ApiGateway", "ApiId,Stage",
        [
            Row(
                "http-api-count", .count("Count"), .unknown(.less), 10, .breaching,
                where: ["type": ["HTTP"]],
                why: "Fewer requests come than should. How many should depends on the clients."),
            Row(
                "http-api-route-count", .count("Count"), .unknown(.less), 10, .breaching,
                by: "ApiId,Stage,Resource*,Method*",
                where: ["type": ["HTTP"]],
                why: "Fewer requests come to a route than should. Only stages with detailed metrics have this."),
            Row(
                "http-api-latency", .p90("Latency"), .atLeast(2_500), 5,
                where: ["type": ["HTTP"]], why: "One request in ten takes 2.5 s, AWS's point to start from."),
            Row(
                "http-api-route-latency", .p90("Latency"), .atLeast(2_500), 5, by: "ApiId,Stage,Resource*,Method*",
                where: ["type": ["HTTP"]], isDefault: false,
                why: "One request in ten to a route takes 2.5 s. Off: http-api-latency watches all routes together."),
            Row(
                "http-api-4xx", .average("4xx"), .above(0.05), 5,
                where: ["type": ["HTTP"]],
                why: "More than 5 % of the requests are refused: clients, authorization or throttling."),
            Row(
                "http-api-5xx", .average("5xx"), .above(0.05), 3, .missing, .critical,
                where: ["type": ["HTTP"]], why: "More than 5 % of the requests fail in the API or behind it."),
        ])

    private static let webSocketAPIs = table(
        .httpAPI, "AWS/ApiGateway", "ApiId,Stage",
        [
            Row(
                "websocket-api-latency", .p90("IntegrationLatency"), .atLeast(2_000), 5,
                where: ["type": ["WEBSOCKET"]],
                why: "What is behind the API takes 2 s for one message in ten, AWS's point to start from."),
            Row(
                "websocket-api-route-latency", .p90("IntegrationLatency"), .atLeast(2_000), 5,
                by: "ApiId,Stage,Route*", where: ["type": ["WEBSOCKET"]], isDefault: false,
                why: "What is behind a route takes 2 s. Off: websocket-api-latency watches all routes together."),
            Row(
                "websocket-api-count", .count("MessageCount"), .unknown(.less), 10, .breaching,
                where: ["type": ["WEBSOCKET"]],
                why: "Fewer messages come than should. How many should depends on the clients."),
            Row(
                "websocket-api-route-count", .count("MessageCount"), .unknown(.less), 10, .breaching,
                by: "ApiId,Stage,Route*", where: ["type": ["WEBSOCKET"]],
                why: "Fewer messages come to a route than should. Only stages with detailed metrics have this."),
            Row(
                "websocket-api-client-errors", .average("ClientError"), .above(0.05), 5,
                where: ["type": ["WEBSOCKET"]], why: "More than 5 % of the messages are refused."),
            Row(
                "websocket-api-errors", .average("ExecutionError"), .above(0.05), 3, .missing, .critical,
                where: ["type": ["WEBSOCKET"]], why: "More than 5 % of the messages fail in the API or behind it."),
        ])

    private static let distributions = table(
        .distribution, "AWS/CloudFront", "DistributionId,Region=Global",
        [
            Row(
                "cloudfront-5xx", .average("5xxErrorRate"), .above(5), 5, .missing, .critical,
                why: "More than 5 % of the requests fail: the origin, or the way to it."),
            Row(
                "cloudfront-origin-latency", .p90("OriginLatency"), .above(24_000), 5, isDefault: false,
                why: "One answer in ten takes four fifths of the 30 s that CloudFront waits for an origin unless told "
                    + "otherwise. Off: only distributions with additional metrics have this."),
            Row(
                "cloudfront-function-validation", .sum("FunctionValidationErrors"), .above(0), 2, .missing, .critical,
                by: "DistributionId,FunctionName*,Region=Global",
                why: "A function hands back what CloudFront cannot use."),
            Row(
                "cloudfront-function-errors", .sum("FunctionExecutionErrors"), .above(0), 5, .missing, .critical,
                by: "DistributionId,FunctionName*,Region=Global", why: "A function fails in each of five minutes."),
            Row(
                "cloudfront-function-throttles", .sum("FunctionThrottles"), .above(0), 5, .missing, .critical,
                by: "DistributionId,FunctionName*,Region=Global", why: "A function takes too long and is cut off."),
        ])

    private static let names =
        table(
            .healthCheck, "AWS/Route53", "HealthCheckId",
            [
                Row(
                    "route53-health-check", .average("HealthCheckStatus"), .below(1), 3, .breaching, .critical,
                    why: "Route 53's checkers find the endpoint unhealthy, or do not report.")
            ])
        + table(
            .certificate, "AWS/CertificateManager", "CertificateArn",
            [
                Row(
                    "acm-expiry", .minimum("DaysToExpiry"), .atMost(44), .times(1, seconds: 86_400), .breaching,
                    where: ["state": ["ISSUED", "EXPIRED"]],
                    why:
                        "The certificate ends in 44 days. ACM renews 60 days before, so that it did not work by itself."
                )
            ])

    private static let userPools = table(
        .userPool, "AWS/Cognito", "UserPool,UserPoolClient*",
        [
            Row(
                "cognito-sign-up-throttles", .sum("SignUpThrottles"), .above(0), 5, .missing, .critical,
                why: "Nobody should be throttled five minutes in a row, says AWS: people cannot sign up."),
            Row(
                "cognito-sign-in-throttles", .sum("SignInThrottles"), .above(0), 5, .missing, .critical,
                why: "Nobody should be throttled five minutes in a row, says AWS: people cannot sign in."),
            Row(
                "cognito-token-throttles", .sum("TokenRefreshThrottles"), .above(0), 5, .missing, .critical,
                why: "Refreshing tokens is throttled five minutes in a row: people are signed out."),
            Row(
                "cognito-federation-throttles", .sum("FederationThrottles"), .above(0), 5, .missing, .critical,
                by: "UserPool,UserPoolClient*,IdentityProvider*",
                why: "Sign-in by another provider is throttled five minutes in a row."),
        ])
}
