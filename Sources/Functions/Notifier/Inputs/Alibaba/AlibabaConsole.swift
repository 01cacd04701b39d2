import Basics

/// Addresses of Alibaba Cloud's web console.
enum AlibabaConsole {
    static let cloudMonitor = "https://cloudmonitor.console.aliyun.com/"

    /// The page of an ECS resource by the form of its id, such as `i-…`; nil for others.
    static func ecs(_ id: String, region: String?) -> String? {
        guard let region else { return nil }
        let kinds = [("i-", "server"), ("d-", "disk"), ("s-", "snapshot")]
        guard let kind = kinds.first(where: { id.hasPrefix($0.0) })?.1 else { return nil }
        let page = kind == "snapshot" ? "snapshot/\(percentEncoded(id))" : "\(kind)/\(percentEncoded(id))/detail"
        return "https://ecs.console.aliyun.com/\(page)?regionId=\(percentEncoded(region))"
    }
}

/// Alibaba Cloud's regions, whose ids are partly AWS's.
enum AlibabaRegion {
    /// For the end of a title: `cn-hangzhou` is ` in China (Hangzhou)`; a region without a known name keeps its id.
    static func place(_ id: String?) -> String { id.map { " in " + (names[$0] ?? $0) } ?? "" }

    private static let names: [String: String] = [
        "cn-hangzhou": "China (Hangzhou)", "cn-shanghai": "China (Shanghai)", "cn-qingdao": "China (Qingdao)",
        "cn-beijing": "China (Beijing)", "cn-zhangjiakou": "China (Zhangjiakou)", "cn-huhehaote": "China (Hohhot)",
        "cn-wulanchabu": "China (Ulanqab)", "cn-shenzhen": "China (Shenzhen)", "cn-heyuan": "China (Heyuan)",
        "cn-guangzhou": "China (Guangzhou)", "cn-chengdu": "China (Chengdu)", "cn-nanjing": "China (Nanjing)",
        "cn-fuzhou": "China (Fuzhou)", "cn-wuhan-lr": "China (Wuhan)", "cn-hongkong": "China (Hong Kong)",
        "ap-southeast-1": "Singapore", "ap-southeast-2": "Australia (Sydney)",
        "ap-southeast-3": "Malaysia (Kuala Lumpur)",
        "ap-southeast-5": "Indonesia (Jakarta)", "ap-southeast-6": "Philippines (Manila)",
        "ap-southeast-7": "Thailand (Bangkok)", "ap-northeast-1": "Japan (Tokyo)",
        "ap-northeast-2": "South Korea (Seoul)",
        "ap-south-1": "India (Mumbai)", "us-east-1": "US (Virginia)", "us-west-1": "US (Silicon Valley)",
        "na-south-1": "Mexico", "eu-central-1": "Germany (Frankfurt)", "eu-west-1": "UK (London)",
        "me-east-1": "UAE (Dubai)", "me-central-1": "SAU (Riyadh)",
    ]
}
