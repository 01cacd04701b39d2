/// How messages look in Slack, Teams and Discord, in light and dark.
public enum ChatStyle {
    /// The stylesheet; it needs that of `BaseStyle`.
    public static let text: StaticString = """
        .msg{--m-text:var(--text);--m-muted:var(--muted);--m-line:var(--line);--m-card:var(--soft);--m-link:var(--info);\
        --m-at:var(--info);--m-at-bg:var(--info-soft);display:grid;grid-template-columns:minmax(0,1fr);gap:0 .65rem;\
        color:var(--m-text);font-size:.93rem;line-height:1.46;unicode-bidi:isolate}
        .msg.slack{--m-text:#1d1c1d;--m-muted:#616061;--m-line:#d5d5d6;--m-card:transparent;--m-link:#1264a3;--m-at:#0b5a94;\
        --m-at-bg:#e5f3fb}
        .msg.teams{--m-text:#242424;--m-muted:#616161;--m-line:#e0e0e0;--m-card:#fff;--m-link:#4f52b2;--m-at:#4f52b2;\
        --m-at-bg:transparent}
        .msg.discord{--m-text:#2e3035;--m-muted:#5c5e66;--m-line:#e0e1e5;--m-card:#f2f3f5;--m-link:#005fc2;--m-at:#4046c9;\
        --m-at-bg:#e6e8fd}
        @media screen and (prefers-color-scheme:dark){\
        .msg.slack{--m-text:#d9dadb;--m-muted:#ababad;--m-line:#45484d;--m-link:#3fb3ee;--m-at:#6cc4f4;--m-at-bg:#1d3a4d}
        .msg.teams{--m-text:#fff;--m-muted:#c0c0c0;--m-line:#484848;--m-card:#292929;--m-link:#a6abf7;--m-at:#a6abf7}
        .msg.discord{--m-text:#dbdee1;--m-muted:#a5abb4;--m-line:#43454b;--m-card:#2b2d31;--m-link:#29b3ff;--m-at:#c9cdfb;\
        --m-at-bg:#3c4270}}
        .msg:not(.plain){grid-template-columns:2.25rem minmax(0,1fr)}
        .msg p,.msg dl,.msg ul,.msg blockquote,.msg pre{margin:0 0 .45rem;max-width:none}.msg ul{padding-left:1.2rem}
        .msg .avatar{width:2.25rem;height:2.25rem;border-radius:8px;background:var(--info-soft);display:grid;\
        place-items:center;color:var(--info)}.msg .avatar svg{width:1.3rem;height:1.3rem}
        .msg.teams .avatar,.msg.discord .avatar{border-radius:50%}
        .msg .from{display:flex;flex-wrap:wrap;gap:0 .5rem;align-items:baseline;font-size:.82rem;color:var(--m-muted);\
        margin:0 0 .2rem}
        .msg .from b{color:var(--m-text);font-size:.93rem}.msg.plain .from b{font-size:.82rem}
        .msg .app{font-size:.64rem;font-weight:700;letter-spacing:.03em;border:1px solid var(--m-line);border-radius:3px;\
        padding:0 .25rem}
        .msg.discord .app{background:#4752c4;border-color:#4752c4;color:#fff}
        .m-card{position:relative;background:var(--m-card);border-radius:6px;margin:0 0 .4rem;padding:.15rem 0 .05rem .9rem;\
        overflow:hidden}
        .msg.teams .m-card{border:1px solid var(--m-line);padding:.8rem .9rem .35rem}
        .msg.discord .m-card{padding:.6rem .9rem .25rem 1.05rem}
        .msg.plain .m-card{border-radius:3px 8px 8px 3px;padding:.45rem .7rem .05rem .9rem;margin:0}
        .m-card>.bar{position:absolute;left:0;top:0;width:4px;height:100%;fill:var(--m-line);border-radius:2px}
        .msg.plain .bar{fill:var(--muted)}.msg.teams .bar{display:none}
        .m-card.good>.bar{fill:var(--good)!important}.m-card.bad>.bar{fill:var(--bad)!important}\
        .m-card.warn>.bar{fill:#e0a000!important}.m-card.info>.bar{fill:var(--info)!important}
        .m-head{font-weight:700}.msg .m-h1{font-size:1.3rem}.msg .m-h2{font-size:1.1rem;line-height:1.3}
        .msg.plain .m-h3{font-weight:600;margin-bottom:.2rem}.msg.plain .m-in{font-size:.9rem}
        .m-remark{color:var(--m-muted);font-size:.78rem}
        .m-band{margin:-.8rem -.9rem .6rem;padding:.75rem .9rem .3rem;background:var(--soft)}
        .m-band.bad{background:var(--bad-soft)}.m-band.warn{background:var(--warn-soft)}\
        .m-band.good{background:var(--good-soft)}.m-band.info{background:var(--info-soft)}
        .m-band.bad .m-head{color:var(--bad)}.m-band.warn .m-head{color:var(--warn)}.m-band.good .m-head{color:var(--good)}\
        .m-band.info .m-head{color:var(--info)}
        .m-fields{display:grid;grid-template-columns:repeat(6,minmax(0,1fr));gap:.35rem .8rem}
        .m-fields>div{grid-column:span 6;min-width:0}.m-fields>.short{grid-column:span 2}
        .m-fields dt{font-weight:700}.m-fields dd{margin:0}
        .msg.slack .m-fields>div,.msg.teams .m-fields>div{display:grid;grid-template-columns:minmax(5rem,1fr) minmax(0,2fr);\
        gap:0 .8rem}
        .msg.slack .m-fields dt{font-weight:400}
        .msg.discord .m-fields{font-size:.86rem;display:flex;flex-wrap:wrap}.msg.discord .m-fields>div{flex:1 0 100%}\
        .msg.discord .m-fields>.short{flex:1 0 28%}
        .m-buttons{display:flex;flex-wrap:wrap;gap:.4rem}
        .m-button{border:1px solid var(--m-line);border-radius:5px;padding:.2rem .7rem;font-weight:600;font-size:.84rem;\
        background:var(--card);color:var(--m-text)}
        .m-button.primary{color:var(--good);border-color:currentColor}.m-button.danger{color:var(--bad);border-color:currentColor}
        .m-image{border:1px dashed var(--m-line);border-radius:6px;padding:1.1rem .9rem;text-align:center;color:var(--m-muted)}
        .m-image small{display:block}
        .m-link{color:var(--m-link);text-decoration:underline;text-underline-offset:.2em}
        .m-at{color:var(--m-at);background:var(--m-at-bg);border-radius:3px;padding:0 .15rem;font-weight:600}
        .m-hidden{background:var(--m-line);border-radius:3px}.m-unknown{color:var(--bad);font-size:.82rem}
        .msg blockquote{border-left:4px solid var(--m-line);padding-left:.7rem}
        .msg hr{border:0;border-top:1px solid var(--m-line);margin:.5rem 0}
        .msg pre{max-height:22rem}
        @media (max-width:30rem){.msg:not(.plain){grid-template-columns:minmax(0,1fr)}.msg .avatar{display:none}\
        .msg.slack .m-fields>div,.msg.teams .m-fields>div{display:block}}
        """
}
