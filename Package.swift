// swift-tools-version: 6.2
import PackageDescription

let logging = Target.Dependency.product(name: "Logging", package: "swift-log")
let subprocess = Target.Dependency.product(name: "Subprocess", package: "swift-subprocess")
let nioHTTP1 = Target.Dependency.product(name: "NIOHTTP1", package: "swift-nio")
let systemPackage = Target.Dependency.product(name: "SystemPackage", package: "swift-system")

// Functions go without unwind tables; the linker script says why. What their start runs lies together.
let functionLinking = [
    LinkerSetting.unsafeFlags(
        [
            "-Xlinker", "--no-eh-frame-hdr", "-Xlinker", "-T", "-Xlinker",
            "\(Context.packageDirectory)/Tools/functions.ld", "-Xlinker",
            "--symbol-ordering-file=\(Context.packageDirectory)/Tools/start-order.txt", "-Xlinker",
            "--no-warn-symbol-ordering",
        ],
        .when(configuration: .release)
    )
]

/// How a program is linked beside its target's own settings.
///
/// TOCSIN_LINK_MAPS: the folder for the linker's maps, from which the packing tells what is linked; set by build.sh.
/// TOCSIN_ARCHIVES: archives that come before those of system and toolchain, with spaces between them; set by build.sh.
/// TOCSIN_GLIBC: a folder with another C library to link with, as THIRD-PARTY.md says.
/// Archives are inputs, for the folders of system and toolchain come before any further -L.
func programLinking(_ name: String) -> [LinkerSetting] {
    var flags: [String] = []
    if let folder = Context.environment["TOCSIN_LINK_MAPS"] {
        flags += ["-Xlinker", "-Map=\(folder)/\(name).map"]
    }
    flags += (Context.environment["TOCSIN_ARCHIVES"] ?? "").split(separator: " ").map(String.init)
    if let folder = Context.environment["TOCSIN_GLIBC"] {
        flags += ["\(folder)/libm.a", "\(folder)/libc.a", "-Xclang-linker", "-B\(folder)"]
    }
    return flags.isEmpty ? [] : [.unsafeFlags(flags, .when(configuration: .release))]
}

/// A floor: the targets in Sources/<name>.
///
/// Imports go down, never up, and never from one function to another.
func floor(_ name: String, _ targets: [Target]) -> [Target] {
    for target in targets where target.path == nil { target.path = "Sources/\(name)/\(target.name)" }
    return targets
}

/// A function's program, in lambda/<name> or fc/<name>.
func function(_ name: String, path: String, _ dependencies: [Target.Dependency]) -> Target {
    .executableTarget(
        name: name, dependencies: dependencies + ["AWS", "Basics", "FunctionRuntime", "Transport"], path: path,
        linkerSettings: functionLinking)
}

let system = floor(
    "System",
    [
        // libcurl is the minimal static one that build.sh compiles into .build/static.
        .systemLibrary(name: "CCurl", pkgConfig: "libcurl"),
        .systemLibrary(name: "CCares", pkgConfig: "libcares", providers: [.apt(["libc-ares-dev"])]),
        .systemLibrary(name: "COpenSSL", pkgConfig: "openssl", providers: [.apt(["libssl-dev"])]),
        .systemLibrary(name: "CZlib", pkgConfig: "zlib", providers: [.apt(["zlib1g-dev"])]),
        .systemLibrary(name: "CExpat", pkgConfig: "expat", providers: [.apt(["libexpat1-dev"])]),
        .systemLibrary(name: "CYAML", pkgConfig: "yaml-0.1", providers: [.apt(["libyaml-dev"])]),
        .systemLibrary(name: "CPCRE2", pkgConfig: "libpcre2-8", providers: [.apt(["libpcre2-dev"])]),
        // Of `tocsin` alone. GRDB would bring all of Foundation with it: 40 MB.
        .systemLibrary(name: "CSQLite", pkgConfig: "sqlite3", providers: [.apt(["libsqlite3-dev"])]),
        .systemLibrary(name: "CLinux"),
    ])

let base = floor(
    "Base",
    [
        .target(name: "Basics", dependencies: ["CLinux", "COpenSSL"]),
        .target(name: "JSON", dependencies: ["Basics"]),
        .target(name: "JSONPath", dependencies: ["JSON", "RegularExpressions"]),
        .target(name: "JMESPath", dependencies: ["JSON", "Basics"]),
        .target(name: "YAML", dependencies: ["CYAML", "Basics", "JSON"]),
        .target(name: "RegularExpressions", dependencies: ["CPCRE2", "Basics"]),
        // Apart from Transport: the linker would keep it in functions that speak no WebSocket.
        .target(name: "WebSocket", dependencies: ["Transport", "Basics"]),
        .target(name: "Configuration", dependencies: ["Basics", "JSON"]),
        // Apart from Basics: the linker would keep their conforming types in every function.
        .target(name: "TimeZones", dependencies: ["Configuration", "Basics"]),
        .target(name: "TextTables", dependencies: ["Basics"]),
        .target(name: "Markup", dependencies: ["Basics"]),
        .target(name: "Transport", dependencies: ["CCurl", "CCares", "CLinux", "COpenSSL", "CZlib", "Basics", "JSON"]),
        .target(name: "Processes", dependencies: ["CLinux", "Transport", "Basics"]),
        .target(
            name: "HTTPServer",
            dependencies: [
                "Basics", nioHTTP1, .product(name: "NIOCore", package: "swift-nio"),
                .product(name: "NIOPosix", package: "swift-nio"),
                // Not imported: what NIO needs, too, gets an exact version only as a dependency of ours.
                .product(name: "Atomics", package: "swift-atomics"),
                .product(name: "DequeModule", package: "swift-collections"),
            ]
        ),
        .target(name: "FunctionRuntime", dependencies: ["Basics", "JSON", logging]),
        // Apart from FunctionRuntime: the linker would keep its conforming type in every function.
        .target(name: "JSONHandlers", dependencies: ["FunctionRuntime", "JSON"]),
    ])

let cloud = floor(
    "Cloud",
    [
        .target(name: "AWSModels"),
        .target(
            name: "AWS",
            dependencies: ["AWSModels", "Transport", "Basics", "JSON", "COpenSSL", "CExpat", "CZlib"]),
        // Apart from AWS: functions have no person, and the linker would keep parts of it.
        .target(
            name: "AWSUserCredentials", dependencies: ["AWS", "Processes", "Transport", "Basics", "JSON", "COpenSSL"]),
        // Apart from AWS: what a target has of tasks, the linker keeps in every function.
        .target(name: "AWSPaginators", dependencies: ["AWS", "Basics", "JSON"]),
        .target(name: "AWSWaiters", dependencies: ["AWS", "JMESPath", "Basics", "JSON"]),
        .target(name: "Events", dependencies: ["Basics", "JSON"]),
        // Apart from Configuration and AWS: what it links would be in every function.
        .target(name: "ConfigurationSources", dependencies: ["AWS", "Configuration", "Basics", "JSON", "YAML"]),
        .target(name: "AWSResources", dependencies: ["AWS", "Basics", "JSON"]),
        .target(
            name: "CloudWatchMetrics",
            dependencies: ["AWS", "Configuration", "FunctionRuntime", "Transport", "Basics", "JSON"]),
        // Apart from CloudWatchMetrics and AWS: functions of Lambda have no use for it.
        .target(name: "AlibabaCloud", dependencies: ["FunctionRuntime", "Transport", "Basics", "JSON"]),
        .target(
            name: "AlibabaMonitoring",
            dependencies: [
                "AlibabaCloud", "AWS", "CloudWatchMetrics", "Configuration", "Events", "FunctionRuntime", "Transport",
                "Basics", "JSON",
            ]),
        .target(name: "StateStore", dependencies: ["AWS", "Transport", "Basics", "JSON"]),
        .target(
            name: "DurableExecution",
            dependencies: ["AWS", "FunctionRuntime", "StateStore", "Transport", "Basics", "JSON"]),
        // What an alarm is, apart from who makes it and who evaluates it.
        .target(name: "CloudWatchAlarms", dependencies: ["Basics", "JSON"]),
        .target(
            name: "AlarmEvaluation", dependencies: ["CloudWatchAlarms", "TimeZones", "Basics", "JSON"]),
        .target(
            name: "ServiceLevels",
            dependencies: ["Configuration", "ConfigurationSources", "Basics", "JSON", "YAML"]),
        // What is known of a service over a time, apart from where it comes from and how it is drawn.
        .target(name: "ServiceHistory", dependencies: ["TimeZones", "Basics"]),
        .target(name: "StatusPages", dependencies: ["Markup", "ServiceHistory", "TimeZones", "Basics"]),
        // How messages look in a chat, from the payloads that its service gets.
        .target(name: "ChatPages", dependencies: ["Markup", "StatusPages", "Basics", "JSON"]),
        .target(
            name: "Kubernetes",
            dependencies: ["AWS", "Processes", "WebSocket", "Transport", "Basics", "JSON", "YAML"]),
    ])

// Each function is a module of its own because the linker keeps unused conforming types: two functions in one module
// would end up in each other's binary.
let functions = floor(
    "Functions",
    [
        .target(
            name: "MetricWriter",
            dependencies: [
                "Configuration", "FunctionRuntime", "Events", "CloudWatchMetrics", "AWS", "Transport", "Basics", "JSON",
                logging,
            ]
        ),
        .target(
            name: "UptimeChecker",
            dependencies: [
                "Configuration", "ConfigurationSources", "FunctionRuntime", "Events", "CloudWatchMetrics", "StateStore",
                "AWS", "TimeZones", "Transport", "WebSocket",
                "Basics", "JSON", "JSONPath", "YAML", "RegularExpressions", logging,
            ]
        ),
        .target(
            name: "Notifier",
            dependencies: [
                "Configuration", "ConfigurationSources", "FunctionRuntime", "Events", "StateStore", "AWS",
                "AWSResources", "TimeZones", "Transport",
                "Basics", "JSON", "RegularExpressions", "YAML", logging,
            ]
        ),
        .target(
            name: "Experiments",
            dependencies: [
                "AWS", "AWSResources", "ConfigurationSources", "Configuration", "DurableExecution", "Events",
                "FunctionRuntime", "Processes", "StateStore", "TextTables", "TimeZones", "Transport",
                "Basics", "JSON", "RegularExpressions", "YAML", "CLinux", logging,
            ]
        ),
        .target(
            name: "ChaosActivities",
            dependencies: [
                "Experiments", "AWS", "AWSPaginators", "AWSResources", "AWSWaiters", "JMESPath", "JSONPath",
                "Kubernetes",
                "Processes", "RegularExpressions", "StateStore", "TextTables", "Transport", "YAML", "Basics", "JSON",
            ]
        ),
        .target(
            name: "AlarmProvisioner",
            dependencies: [
                "AWS", "AWSPaginators", "AWSResources", "CloudWatchAlarms", "Configuration", "ConfigurationSources",
                "Events", "FunctionRuntime", "ServiceLevels", "StateStore", "TextTables", "TimeZones", "Transport",
                "Basics", "JSON", "RegularExpressions", "YAML", logging,
            ]
        ),
        .target(
            name: "FargateAdjuster",
            dependencies: [
                "AWS", "AWSResources", "AWSUserCredentials", "Configuration", "ConfigurationSources",
                "DurableExecution", "Events", "FunctionRuntime", "Processes", "StateStore", "TextTables", "Transport",
                "Basics", "JSON", "YAML", "CLinux", logging,
            ]
        ),
        // Apart from Experiments: a journal is all that it needs.
        .target(name: "ExperimentReport", dependencies: ["Markup", "Basics", "JSON"]),
        .target(
            name: "SLAReport",
            dependencies: [
                "AWS", "AWSPaginators", "CloudWatchMetrics", "Configuration", "ConfigurationSources", "Events",
                "FunctionRuntime", "Markup", "ServiceHistory", "StateStore", "StatusPages", "TimeZones", "Transport",
                "Basics", "JSON", "YAML", logging,
            ]
        ),
        .target(
            name: "SLARunner",
            dependencies: [
                "AWS", "AWSResources", "AWSUserCredentials", "CLinux", "Configuration", "Events", "Processes",
                "Transport",
                "Basics", "JSON",
            ]
        ),
    ])

let hosts = floor(
    "Hosts",
    [
        .target(
            name: "LambdaRuntime",
            dependencies: ["FunctionRuntime", "Transport", "Basics", "JSON", "CLinux", logging]),
        .target(
            name: "FunctionCompute",
            dependencies: [
                "AlibabaCloud", "Configuration", "FunctionRuntime", "HTTPServer", "Transport", "Basics", "JSON",
                logging, nioHTTP1,
            ]
        ),
        .target(
            name: "LocalCloud",
            dependencies: [
                "AWS", "AWSResources", "AlarmEvaluation", "CloudWatchAlarms", "HTTPServer", "JSONPath", "TextTables",
                "Transport", "Basics", "JSON", subprocess, systemPackage, nioHTTP1,
            ]
        ),
        // What `tocsin up` remembers from run to run.
        .target(name: "LocalHistory", dependencies: ["CSQLite", "ServiceHistory", "Transport", "Basics"]),
        // The page of a system that runs on this machine; what it shows and does, its caller gives it.
        .target(
            name: "Console",
            dependencies: [
                "ChatPages", "HTTPServer", "Markup", "ServiceHistory", "StatusPages", "TimeZones", "Basics", "JSON",
                nioHTTP1,
            ]
        ),
    ])

let programs = floor(
    "Programs",
    [
        // As functions: the Swift runtime's search for its back-trace program ends a process where there is no /proc.
        .executableTarget(
            name: "sla-runner", dependencies: ["SLARunner", "Basics"], linkerSettings: functionLinking),
        .executableTarget(
            name: "adjust", dependencies: ["FargateAdjuster", "Basics"], linkerSettings: functionLinking),
        .executableTarget(
            name: "tocsin",
            dependencies: [
                "AlarmEvaluation", "AlarmProvisioner", "CloudWatchAlarms", "FargateAdjuster", "ServiceLevels",
                "AWSPaginators", "AWSUserCredentials", "AWSWaiters", "ChaosActivities", "ConfigurationSources",
                "Console", "Events", "LocalHistory", "ServiceHistory", "SLAReport", "StatusPages", "TimeZones",
                "ChatPages", "DurableExecution", "Experiments", "ExperimentReport", "JMESPath", "LocalCloud",
                "RegularExpressions", "StateStore",
                "TextTables", "UptimeChecker", "Notifier", "Configuration", "FunctionRuntime", "AWS", "Transport",
                "Basics", "JSON", "YAML", logging, systemPackage,
                .product(name: "ArgumentParser", package: "swift-argument-parser"),
            ]
        ),
        function("metric-writer", path: "lambda/metric-writer", ["LambdaRuntime", "MetricWriter"]),
        function("uptime-checker", path: "lambda/uptime-checker", ["LambdaRuntime", "UptimeChecker"]),
        function("notifier", path: "lambda/notifier", ["LambdaRuntime", "Notifier"]),
        function(
            "chaos-executor", path: "lambda/chaos-executor", ["ChaosActivities", "Experiments", "LambdaRuntime"]),
        function("alarm-provisioner", path: "lambda/alarm-provisioner", ["AlarmProvisioner", "LambdaRuntime"]),
        function("fargate-adjuster", path: "lambda/fargate-adjuster", ["FargateAdjuster", "LambdaRuntime"]),
        function("sla-reporter", path: "lambda/sla-reporter", ["LambdaRuntime", "SLAReport"]),
        function("notifier-fc", path: "fc/notifier", ["FunctionCompute", "Notifier"]),
        function(
            "uptime-checker-fc", path: "fc/uptime-checker", ["AlibabaMonitoring", "FunctionCompute", "UptimeChecker"]),
        function(
            "metric-writer-fc", path: "fc/metric-writer", ["AlibabaMonitoring", "FunctionCompute", "MetricWriter"]),
    ])

let benchmarks: [Target] = [
    .executableTarget(
        name: "echo", dependencies: ["Basics", "Configuration", "FunctionRuntime", "LambdaRuntime"],
        path: "Benchmarks/echo",
        linkerSettings: functionLinking),
    .executableTarget(
        name: "notifier-benchmark",
        dependencies: ["Notifier", "FunctionRuntime", "Transport", "Basics", "JSON", logging],
        path: "Benchmarks/notifier", exclude: ["run.py"]),
    .executableTarget(
        name: "pages-benchmark", dependencies: ["SLAReport", "ServiceHistory", "Basics"], path: "Benchmarks/pages",
        exclude: ["run.py"]),
    .executableTarget(
        name: "history-benchmark", dependencies: ["LocalHistory", "ServiceHistory", "Basics"],
        path: "Benchmarks/history", exclude: ["run.py"]),
    .executableTarget(
        name: "json-benchmark", dependencies: ["JSON"], path: "Benchmarks/json", exclude: ["run.py"]),
    .executableTarget(
        name: "aws-benchmark", dependencies: ["AWS", "Basics", "JSON", "Transport"], path: "Benchmarks/aws/all",
        linkerSettings: functionLinking),
    .executableTarget(
        name: "aws-benchmark-sts", dependencies: ["AWS", "Basics", "JSON", "Transport"], path: "Benchmarks/aws/sts",
        linkerSettings: functionLinking),
]

for program in programs + benchmarks {
    program.linkerSettings = (program.linkerSettings ?? []) + programLinking(program.name)
}

let tests: [Target] = [
    // A durable run that the tests kill and take up again, as a process and as a function; not for any zip.
    .executableTarget(
        name: "durable-echo",
        dependencies: [
            "DurableExecution", "StateStore", "LambdaRuntime", "FunctionRuntime", "AWS", "Transport", "Basics", "JSON",
        ],
        path: "Tests/DurableEcho"),
    // The console over a made-up system, for the browser tests; not for any zip.
    .executableTarget(
        name: "console-demo", dependencies: ["Console", "ServiceHistory", "StatusPages", "Basics"],
        path: "Tests/ConsoleDemo"),
    // Writes the files of a report with hostile names, which Tests/Browser/test_feeds.py gives to their readers.
    .executableTarget(
        name: "feed-samples", dependencies: ["SLAReport", "ServiceHistory", "Basics", "JSON"], path: "Tests/FeedSamples"
    ),
    .target(
        name: "TestSupport", dependencies: ["Basics", "JSON"], path: "Tests/Support",
        exclude: ["cloud_monitor_server.py", "ecs_server.py", "kubernetes_server.py", "probe_servers.py"]),
    .testTarget(name: "StructureTests", dependencies: ["Basics", "JSON", "TestSupport"]),
    .testTarget(name: "BasicsTests", dependencies: ["Basics", "TestSupport"]),
    .testTarget(name: "JSONTests", dependencies: ["Basics", "JSON", "TestSupport"]),
    .testTarget(name: "JSONPathTests", dependencies: ["JSONPath", "Basics", "JSON", "TestSupport"]),
    .testTarget(name: "JMESPathTests", dependencies: ["JMESPath", "Basics", "JSON", "TestSupport"]),
    .testTarget(name: "YAMLTests", dependencies: ["YAML", "Basics", "JSON", "TestSupport"]),
    .testTarget(name: "RegularExpressionsTests", dependencies: ["RegularExpressions"]),
    .testTarget(
        name: "ConfigurationSourcesTests",
        dependencies: ["ConfigurationSources", "AWS", "Configuration", "Transport", "Basics", "JSON", "TestSupport"]),
    .testTarget(
        name: "ConfigurationTests",
        dependencies: ["ConfigurationSources", "Configuration", "Basics", "JSON", "YAML", "TestSupport"]),
    .testTarget(name: "TransportTests", dependencies: ["COpenSSL", "Transport", "Basics", "JSON", "TestSupport"]),
    .testTarget(name: "ProcessesTests", dependencies: ["Processes", "Transport", "Basics", "TestSupport"]),
    .testTarget(
        name: "AWSTests",
        dependencies: [
            "AWS", "AWSModels", "AWSPaginators", "AWSWaiters", "Configuration", "Transport", "Basics", "JMESPath",
            "JSON", "TestSupport",
        ]
    ),
    .testTarget(
        name: "AWSUserCredentialsTests",
        dependencies: ["AWSUserCredentials", "AWS", "Transport", "Basics", "JSON", "TestSupport"]),
    .testTarget(
        name: "AWSResourcesTests",
        dependencies: ["AWSResources", "AWS", "Transport", "Basics", "JSON", "TestSupport"]),
    .testTarget(
        name: "KubernetesTests",
        dependencies: ["Kubernetes", "WebSocket", "AWS", "Transport", "Basics", "JSON", "YAML", "TestSupport"]),
    .testTarget(name: "EventsTests", dependencies: ["Events", "Basics", "JSON", "TestSupport"]),
    .testTarget(name: "FunctionRuntimeTests", dependencies: ["FunctionRuntime", "Basics", "JSON", logging]),
    .testTarget(
        name: "JSONHandlersTests", dependencies: ["JSONHandlers", "FunctionRuntime", "Basics", "JSON", logging]),
    .testTarget(
        name: "LambdaRuntimeTests",
        dependencies: [
            "echo", "LambdaRuntime", "Configuration", "FunctionRuntime", "Transport", "Basics", "JSON", "TestSupport",
            logging,
        ]
    ),
    .testTarget(
        name: "MetricWriterTests",
        dependencies: [
            "MetricWriter", "Events", "CloudWatchMetrics", "AWS", "Configuration", "FunctionRuntime", "Transport",
            "Basics", "JSON", "TestSupport", logging,
        ]
    ),
    .testTarget(
        name: "CloudWatchMetricsTests",
        dependencies: ["CloudWatchMetrics", "AWS", "Configuration", "Transport", "Basics", "JSON", "TestSupport"]),
    .testTarget(
        name: "StateStoreTests", dependencies: ["StateStore", "AWS", "Transport", "Basics", "JSON", "TestSupport"]),
    .testTarget(
        name: "UptimeCheckerTests",
        dependencies: [
            "ConfigurationSources",
            "UptimeChecker", "StateStore", "Events", "CloudWatchMetrics", "AWS", "Configuration", "FunctionRuntime",
            "TimeZones", "Transport", "WebSocket", "Basics", "JSON", "YAML", "RegularExpressions", "TestSupport",
            logging,
        ]
    ),
    .testTarget(
        name: "NotifierTests",
        dependencies: [
            "ConfigurationSources",
            "AlarmEvaluation", "CloudWatchAlarms", "Notifier", "StateStore", "Events", "AWS", "AWSResources",
            "Configuration", "FunctionRuntime", "Transport",
            "Basics", "JSON", "YAML", "TestSupport", logging,
        ],
        exclude: ["Outputs/Bodies", "Samples"]
    ),
    .testTarget(
        name: "DurableExecutionTests",
        dependencies: [
            "durable-echo", "DurableExecution", "AWS", "StateStore", "Transport", "Basics", "JSON", "TestSupport",
        ]
    ),
    .testTarget(
        name: "ExperimentsTests",
        dependencies: [
            "chaos-executor", "ChaosActivities", "Experiments", "AWS", "Configuration", "ConfigurationSources",
            "DurableExecution", "Events", "FunctionRuntime", "StateStore", "TextTables", "Transport", "Basics", "JSON",
            "YAML", "TestSupport", logging,
        ]
    ),
    .testTarget(
        name: "ChaosActivitiesTests",
        dependencies: [
            "tocsin", "ChaosActivities", "DurableExecution", "Experiments", "AWS", "Kubernetes", "Transport", "Basics",
            "JSON", "YAML", "TestSupport",
        ],
        exclude: ["oracle"]),
    .testTarget(
        name: "ExperimentReportTests", dependencies: ["ExperimentReport", "Basics", "JSON", "TestSupport"],
        exclude: ["Samples", "check_page.py"]),
    .testTarget(name: "MarkupTests", dependencies: ["Markup"]),
    .testTarget(name: "ServiceHistoryTests", dependencies: ["ServiceHistory", "TimeZones", "Basics", "TestSupport"]),
    .testTarget(
        name: "StatusPagesTests",
        dependencies: ["Markup", "ServiceHistory", "StatusPages", "TimeZones", "Basics", "TestSupport"]),
    .testTarget(name: "ChatPagesTests", dependencies: ["ChatPages", "Markup", "Basics", "JSON", "TestSupport"]),
    .testTarget(
        name: "SLAReportTests",
        dependencies: [
            "feed-samples", "sla-reporter", "SLAReport", "AWS", "Configuration", "Events", "FunctionRuntime",
            "ServiceHistory",
            "StateStore", "StatusPages", "TimeZones", "Transport", "Basics", "JSON", "YAML", "TestSupport", logging,
        ],
        exclude: ["Samples"]
    ),
    .testTarget(
        name: "ConsoleTests",
        dependencies: [
            "console-demo", "Console", "HTTPServer", "Markup", "ServiceHistory", "StatusPages", "Transport", "Basics",
            "JSON", "TestSupport", nioHTTP1,
        ]
    ),
    .testTarget(
        name: "CloudWatchAlarmsTests", dependencies: ["CloudWatchAlarms", "AWS", "Basics", "JSON", "TestSupport"]),
    .testTarget(
        name: "AlarmEvaluationTests",
        dependencies: ["AlarmEvaluation", "CloudWatchAlarms", "Events", "Basics", "JSON", "TestSupport"]),
    .testTarget(
        name: "ServiceLevelsTests",
        dependencies: ["ServiceLevels", "Configuration", "Basics", "JSON", "YAML", "TestSupport"]),
    .testTarget(
        name: "AlarmProvisionerTests",
        dependencies: [
            "alarm-provisioner", "AlarmEvaluation", "AlarmProvisioner", "AWS", "AWSResources", "CloudWatchAlarms",
            "Configuration",
            "ConfigurationSources", "Events", "FunctionRuntime", "ServiceLevels", "StateStore", "Transport", "Basics",
            "JSON", "YAML", "TestSupport", logging,
        ],
        exclude: ["Compatibility/Samples", "Resources/resources.py"]
    ),
    .testTarget(
        name: "FargateAdjusterTests",
        dependencies: [
            "adjust", "fargate-adjuster", "FargateAdjuster", "AWS", "Configuration", "DurableExecution",
            "FunctionRuntime", "StateStore", "Transport", "Basics", "JSON", "YAML", "TestSupport", logging,
        ],
        exclude: ["Samples"]
    ),
    .testTarget(name: "TimeZonesTests", dependencies: ["TimeZones", "Basics"]),
    .testTarget(name: "HTTPServerTests", dependencies: ["HTTPServer", "Transport", nioHTTP1]),
    .testTarget(
        name: "AlibabaMonitoringTests",
        dependencies: [
            "AlibabaCloud", "AlibabaMonitoring", "AWS", "CloudWatchMetrics", "Events", "FunctionRuntime", "Transport",
            "Basics", "JSON", "TestSupport", logging,
        ]
    ),
    .testTarget(
        name: "FunctionComputeTests",
        dependencies: [
            "metric-writer-fc", "notifier-fc", "uptime-checker-fc", "AlibabaCloud", "FunctionCompute",
            "FunctionRuntime", "HTTPServer", "Transport", "Basics", "JSON",
            "TestSupport", logging, nioHTTP1,
        ]
    ),
    .testTarget(
        name: "SLARunnerTests",
        dependencies: [
            "sla-runner", "SLARunner", "AWS", "Events", "Transport", "Basics", "JSON", "TestSupport",
        ]
    ),
    .testTarget(
        name: "LocalCloudTests",
        dependencies: [
            "LocalCloud", "AWS", "AlarmEvaluation", "CloudWatchAlarms", "HTTPServer", "TextTables", "Transport",
            "Basics", "JSON", "TestSupport", nioHTTP1,
        ]),
    .testTarget(
        name: "LocalHistoryTests", dependencies: ["CSQLite", "LocalHistory", "ServiceHistory", "Basics", "TestSupport"]),
    .testTarget(
        name: "TocsinTests",
        dependencies: [
            "tocsin", "AWS", "AlarmEvaluation", "CloudWatchAlarms", "Console", "Experiments", "FargateAdjuster",
            "LocalCloud", "LocalHistory", "ServiceHistory", "SLAReport", "StateStore", "StatusPages", "TimeZones",
            "UptimeChecker",
            "ChatPages", "Configuration", "FunctionRuntime", "Notifier",
            "Transport", "Basics", "JSON", "TextTables", "TestSupport", logging,
            .product(name: "ArgumentParser", package: "swift-argument-parser"),
        ]
    ),
    .testTarget(name: "IntegrationTests", dependencies: ["Basics", "JSON", "TestSupport"]),
]

/// What other packages can build their functions on; docs/swift-functions.md tells how.
///
/// Each has the modules that its interface speaks of. SwiftPM takes dependencies with unsafe flags by version, too,
/// where their tools version is 6.2 or newer.
let products: [Product] = [
    .library(
        name: "LambdaRuntime",
        targets: ["LambdaRuntime", "FunctionRuntime", "JSONHandlers", "Transport", "JSON", "Basics"]),
    .library(
        name: "FunctionCompute",
        targets: ["FunctionCompute", "FunctionRuntime", "JSONHandlers", "Transport", "JSON", "Basics"]),
    .library(name: "AWS", targets: ["AWS", "Transport", "JSON", "Basics"]),
    .library(
        name: "DurableExecution", targets: ["DurableExecution", "StateStore", "AWS", "Transport", "JSON", "Basics"]),
]

let package = Package(
    name: "tocsin",
    products: products,
    dependencies: [
        .package(url: "https://github.com/apple/swift-log", exact: "1.16.2"),
        .package(url: "https://github.com/apple/swift-argument-parser", exact: "1.8.2"),
        .package(url: "https://github.com/apple/swift-system", exact: "1.8.1"),
        // Without its default trait: that one brings in Foundation.
        .package(url: "https://github.com/swiftlang/swift-subprocess", exact: "1.0.2", traits: []),
        .package(url: "https://github.com/apple/swift-atomics", exact: "1.3.0"),
        .package(url: "https://github.com/apple/swift-collections", exact: "1.6.0"),
        .package(url: "https://github.com/apple/swift-nio", exact: "2.101.2"),
    ],
    targets: system + base + cloud + functions + hosts + programs + benchmarks + tests
)

// TOCSIN_ONLY=JSONTests,AWSTests leaves only these targets and what they need, for builds that take seconds.
if let wanted = Context.environment["TOCSIN_ONLY"] {
    var open = wanted.split(separator: ",").map(String.init)
    var kept: Set<String> = []
    var packages: Set<String> = []
    while let name = open.popLast() {
        guard kept.insert(name).inserted, let target = package.targets.first(where: { $0.name == name }) else {
            continue
        }
        for dependency in target.dependencies {
            switch dependency {
            case .byNameItem(let name, _), .targetItem(let name, _): open.append(name)
            case .productItem(_, let package, _, _): packages.insert(package ?? "")
            @unknown default: break
            }
        }
    }
    package.targets.removeAll { !kept.contains($0.name) }
    package.products.removeAll { !(($0 as? Product.Library)?.targets.allSatisfy(kept.contains) ?? false) }
    package.dependencies.removeAll { dependency in
        guard case .sourceControl(_, let location, _) = dependency.kind else { return false }
        return !packages.contains { location.hasSuffix("/\($0)") }
    }
}

/// Whatever may go into a zip does without Regex and the string searches of `_StringProcessing`: they weigh 1.3 MB.
let withStringProcessing: Set<String> = ["LocalCloud", "tocsin", "TestSupport", "json-benchmark"]

/// What runs once or a few times in an invocation is compiled for size: a zip is read at every cold start.
let forSize: Set<String> = [
    "Configuration", "ConfigurationSources", "TimeZones", "TextTables", "Events",
    "AWSPaginators", "AWSResources", "AWSWaiters", "StateStore",
    "CloudWatchMetrics", "YAML", "JMESPath", "Kubernetes", "DurableExecution", "ChaosActivities", "ExperimentReport",
    "Experiments", "JSONPath",
]

for target in package.targets where target.type != .system {
    target.swiftSettings = [
        .swiftLanguageMode(.v6),
        .enableUpcomingFeature("ExistentialAny"),
        .enableUpcomingFeature("MemberImportVisibility"),
        .enableUpcomingFeature("InternalImportsByDefault"),
        .treatAllWarnings(as: .error),
    ]
    if forSize.contains(target.name) {
        target.swiftSettings?.append(.unsafeFlags(["-Osize"], .when(configuration: .release)))
    }
    if target.type != .test && !withStringProcessing.contains(target.name) {
        target.swiftSettings?.append(
            .unsafeFlags(["-Xfrontend", "-disable-implicit-string-processing-module-import"])
        )
    }
}
