import CloudWatchAlarms

extension AlarmCatalogue {
    /// What Tocsin's own functions write, found by `ListMetrics`: `tocsin up` makes these.
    ///
    /// A deployment for an environment writes to `SLA-Monitor/staging` and the like: `namespace` in the settings.
    public static let tocsin: [CatalogueEntry] = [checks, slaTests, ownFunctions, experiments].flatMap { $0 }

    private static let checks = table(
        .metric, "Monitoring/Uptime", "name,region",
        [
            Row(
                "uptime-down", .maximum("success"), .below(1), 2, .missing, .critical,
                why: "The endpoint fails its check in this region, two minutes in a row."),
            Row(
                "uptime-group-down", .maximum("success"), .below(1), 2, .missing, .critical, by: "name,group,region",
                why: "The endpoint of the group fails its check in this region, two minutes in a row."),
            Row(
                "uptime-url-down", .maximum("uptime"), .below(1), 2, .missing, .critical, by: "url",
                why: "The URL fails its check two minutes in a row; the metric of UPTIME_METRICS=compatible."),
            Row(
                "uptime-response-time", .p90("response-time"), .unknown(.greater), 5,
                why: "The endpoint answers slowly, in milliseconds. What is slow depends on the service."),
            Row(
                "uptime-group-response-time", .p90("response-time"), .unknown(.greater), 5, by: "name,group,region",
                why: "The endpoint of the group answers slowly, in milliseconds. What is slow depends on the service."),
            Row(
                "uptime-certificate", .minimum("certificate-days"), .below(14), .times(1, seconds: 3_600),
                why: "The endpoint's certificate ends in two weeks: time to renew it by hand."),
            Row(
                "uptime-group-certificate", .minimum("certificate-days"), .below(14), .times(1, seconds: 3_600),
                by: "name,group,region",
                why: "The endpoint's certificate ends in two weeks: time to renew it by hand."),
            Row(
                "uptime-domain", .minimum("domain-days"), .below(30), .times(1, seconds: 3_600),
                why: "The domain ends in a month; the metric of UPTIME_METRICS=full."),
            Row(
                "uptime-group-domain", .minimum("domain-days"), .below(30), .times(1, seconds: 3_600),
                by: "name,group,region", why: "The domain ends in a month; the metric of UPTIME_METRICS=full."),
        ])

    private static let slaTests = table(
        .metric, "SLA-Monitor", "Region,Service",
        [
            Row(
                "sla-test-failed", .sum("integration-sla-failure"), .above(0), .times(1, seconds: 300),
                .notBreaching, .critical, why: "An SLA test of the service failed."),
            Row(
                "sla-group-failed", .sum("integration-sla-failure"), .above(0), .times(1, seconds: 300),
                .notBreaching, .critical, by: "Group,Region", isDefault: false,
                why: "An SLA test of the group failed. Off: sla-test-failed tells of each service."),
            Row(
                "sla-no-results", .sum("integration-sla-attempts"), .below(1), .times(3, seconds: 300), .breaching,
                isDefault: false,
                why: "No result has come for a quarter of an hour: look at the runner. Off: some tests run less "
                    + "often."),
            Row(
                "sla-test-duration", .maximum("sla-test-duration-secs"), .unknown(.greater),
                .times(3, seconds: 300), why: "The test takes long, in seconds. What is long depends on the test."),
        ])

    private static let ownFunctions = table(
        .metric, "Tocsin", "FunctionName",
        [
            Row(
                "tocsin-partial-failures", .sum("PartialFailures"), .atLeast(1), .times(1, seconds: 300),
                .notBreaching, .critical,
                why: "An invocation succeeded, a part of its work did not: messages not sent, metrics not written.")
        ])

    private static let experiments = table(
        .metric, "Tocsin/Experiments", "",
        [
            Row(
                "experiment-deviated", .maximum("deviated"), .atLeast(1), .times(1, seconds: 300), .notBreaching,
                why: "An experiment found that the system does not hold its steady state."),
            Row(
                "experiment-failed", .maximum("failed"), .atLeast(1), .times(1, seconds: 300), .notBreaching,
                why: "A run of an experiment came to no verdict: its journal says why."),
            Row(
                "experiment-still-broken", .maximum("still_broken"), .atLeast(1), .times(3, seconds: 300),
                .notBreaching, .critical,
                why:
                    "Experiments left something broken that the sweep cannot put back: tocsin chaos recover tells what."
            ),
        ])
}
