package android.webkit;

/** A WebView's settings, as far as they are asked for here; files and content providers are read by no WebView of a simulated phone. */
public class WebSettings {
    public static final int LOAD_DEFAULT = -1;
    public static final int LOAD_NO_CACHE = 2;

    private boolean scripts;

    WebSettings() { }

    public void setJavaScriptEnabled(boolean on) {
        scripts = on;
    }

    public boolean getJavaScriptEnabled() {
        return scripts;
    }

    public void setAllowFileAccess(boolean allow) { }

    public void setAllowContentAccess(boolean allow) { }

    /** There is no network: names lead nowhere, and the phone has a loopback alone. */
    public void setBlockNetworkLoads(boolean block) { }

    public void setGeolocationEnabled(boolean on) { }

    public void setCacheMode(int mode) { }

    public void setDomStorageEnabled(boolean on) { }

    public void setMediaPlaybackRequiresUserGesture(boolean require) { }
}
