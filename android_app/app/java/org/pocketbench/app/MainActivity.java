package org.pocketbench.app;

import android.app.Activity;
import android.graphics.Typeface;
import android.os.Build;
import android.os.Bundle;
import android.view.WindowManager;
import android.widget.LinearLayout;
import android.widget.ScrollView;
import android.widget.TextView;
import java.io.IOException;

/** What a person sees: what runs, and the last results. In front, it keeps the screen on. */
public final class MainActivity extends Activity {
    private static final int MARGIN_DP = 24;

    private TextView running;
    private TextView results;

    @Override
    protected void onCreate(Bundle saved) {
        super.onCreate(saved);
        stayOn();
        LinearLayout column = new LinearLayout(this);
        column.setOrientation(LinearLayout.VERTICAL);
        column.setFitsSystemWindows(true);
        int margin = Math.round(MARGIN_DP * getResources().getDisplayMetrics().density);
        column.setPadding(margin, margin, margin, margin);
        column.addView(text(getString(R.string.app_name), 28, Typeface.DEFAULT_BOLD));
        running = text("", 18, Typeface.DEFAULT);
        column.addView(running);
        column.addView(text(getString(R.string.last_results), 20, Typeface.DEFAULT_BOLD));
        results = text("", 14, Typeface.MONOSPACE);
        column.addView(results);
        ScrollView whole = new ScrollView(this);
        whole.addView(column);
        setContentView(whole);
    }

    @Override
    protected void onResume() {
        super.onResume();
        Shown.in(this);
        Screen.watch(() -> runOnUiThread(this::show));
        show();
        Screen.setInFront(true);
    }

    @Override
    protected void onPause() {
        Screen.setInFront(false);
        Screen.watch(null);
        Shown.in(null);
        super.onPause();
    }

    private void stayOn() {
        getWindow().addFlags(WindowManager.LayoutParams.FLAG_KEEP_SCREEN_ON);
        if (Build.VERSION.SDK_INT >= Build.VERSION_CODES.O_MR1) {
            setShowWhenLocked(true);
            setTurnScreenOn(true);
        }
    }

    private TextView text(String words, int sp, Typeface face) {
        TextView view = new TextView(this);
        view.setText(words);
        view.setTextSize(sp);
        view.setTypeface(face);
        view.setPadding(0, sp, 0, 0);
        return view;
    }

    private void show() {
        running.setText(Screen.running().isEmpty() ? getString(R.string.idle) : Screen.running());
        results.setText(lastResults());
    }

    private String lastResults() {
        try {
            String lines = String.join("\n\n", new LastResults(this).lines());
            return lines.isEmpty() ? getString(R.string.no_results) : lines;
        } catch (IOException error) {
            return error.getMessage();
        }
    }
}
