package org.pocketbench.mend;

import org.objectweb.asm.ClassReader;
import org.objectweb.asm.ClassVisitor;
import org.objectweb.asm.ClassWriter;
import org.objectweb.asm.MethodVisitor;
import org.objectweb.asm.Opcodes;

/**
 * Mends one class after another. dex2jar writes a Methodref where a call of an interface's static, private or default method needs an InterfaceMethodref
 * (JVM specification 6.5, invokestatic and invokespecial), and no stack map frames, which class files from version 50 on are verified by (4.10.1).
 */
final class Mender {
    private final Types types;
    private int references;

    Mender(Types types) {
        this.types = types;
    }

    /** How many references to interfaces were mended until now. */
    int references() {
        return references;
    }

    byte[] mended(byte[] bytes) {
        ClassWriter writer = new Writer();
        new ClassReader(bytes).accept(new Classes(writer), ClassReader.SKIP_FRAMES);
        return writer.toByteArray();
    }

    /** Computes frames with this hierarchy, where ASM's own would load classes. */
    private final class Writer extends ClassWriter {
        Writer() {
            super(COMPUTE_FRAMES);
        }

        @Override protected String getCommonSuperClass(String one, String other) {
            return types.common(one, other);
        }
    }

    /** Raises the version to Java 8's, the first with static methods of interfaces. */
    private final class Classes extends ClassVisitor {
        Classes(ClassVisitor next) {
            super(Opcodes.ASM9, next);
        }

        @Override public void visit(int version, int access, String name, String signature, String parent, String[] interfaces) {
            super.visit(Math.max(version & 0xffff, Opcodes.V1_8), access, name, signature, parent, interfaces);
        }

        @Override public MethodVisitor visitMethod(int access, String name, String descriptor, String signature, String[] thrown) {
            return new Calls(super.visitMethod(access, name, descriptor, signature, thrown));
        }
    }

    /** Says of every call whether its owner is an interface; an array's is none. */
    private final class Calls extends MethodVisitor {
        Calls(MethodVisitor next) {
            super(Opcodes.ASM9, next);
        }

        @Override public void visitMethodInsn(int opcode, String owner, String name, String descriptor, boolean toInterface) {
            boolean isInterface = owner.charAt(0) != '[' && types.isInterface(owner);
            references += isInterface && !toInterface ? 1 : 0;
            super.visitMethodInsn(opcode, owner, name, descriptor, isInterface);
        }
    }
}
