"""The Android app, from its sources to a signed APK: with a JDK and what Maven and npm bring, without an Android SDK."""
